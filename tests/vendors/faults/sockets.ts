// The open TCP sockets of a process, by whom they lead to: a leak is a socket that nobody needs any more.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { Emulation } from "../support/emulation.js";

export interface Sockets {
  vendors: number;
  others: number;
}

export function socketsOf(pid: number, emulation: Emulation): Sockets {
  const ports = new Set<number>();
  for (const urls of Object.values(emulation.addresses))
    if (typeof urls === "object") for (const url of Object.values(urls)) ports.add(Number(new URL(url).port));
  const remotePort = new Map<string, number>(); // by inode
  for (const line of readFileSync(`/proc/${pid}/net/tcp`, "utf8").split("\n").slice(1)) {
    const fields = line.trim().split(/\s+/);
    if (fields.length > 9) remotePort.set(fields[9]!, parseInt(fields[2]!.split(":")[1]!, 16));
  }
  const sockets: Sockets = { vendors: 0, others: 0 };
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    let target = "";
    try {
      target = readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      continue; // closed in the meantime
    }
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    const port = remotePort.get(inode ?? "");
    // No TCP: a library's own way to wake itself.
    if (port === undefined) continue;
    if (ports.has(port)) sockets.vendors += 1;
    else sockets.others += 1;
  }
  return sockets;
}
