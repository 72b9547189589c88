// Two texts, line by line, with what lies between the differences left out. A sign stands before each line, so that
// nobody needs its colour.
import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Fragment, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { QueryStates } from "@/components";
import { versionQuery } from "@/components/agents";
import type { Draft } from "../use_draft";
import classes from "./diff.module.css";
import { hunks, lineDiff } from "./line_diff";

const signs = { same: " ", added: "+", removed: "-" };

function Lines({ before, after }: { before: string; after: string }) {
  const { t } = useTranslation("agent");
  const parts = useMemo(() => hunks(lineDiff(before, after)), [before, after]);
  if (parts.length === 0) return <Text size="sm">{t("versions.same")}</Text>;
  return (
    <div className={classes.frame} role="region" aria-label={t("versions.differences")} tabIndex={0}>
      <table className={classes.table}>
        <tbody>
          {parts.map((lines, i) => (
            <Fragment key={i}>
              {i > 0 ? (
                <tr className={classes.gap}>
                  <td colSpan={4}>⋯</td>
                </tr>
              ) : null}
              {lines.map((line, j) => (
                <tr key={j} className={classes[line.kind]}>
                  <td className={classes.number}>{line.before}</td>
                  <td className={classes.number}>{line.after}</td>
                  <td className={classes.sign} aria-label={line.kind === "same" ? undefined : t(`versions.${line.kind}`)}>
                    {signs[line.kind]}
                  </td>
                  <td className={classes.text}>{line.text}</td>
                </tr>
              ))}
            </Fragment>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function DiffView({ draft, from, to }: { draft: Draft; from: number; to: number | "draft" }) {
  const { id } = draft.agent;
  const left = useQuery(versionQuery(id, from));
  const right = useQuery({ ...versionQuery(id, to === "draft" ? from : to), staleTime: Infinity });
  return (
    <QueryStates query={left}>
      {(before) => (
        <QueryStates query={right}>{(after) => <Lines before={before.yaml ?? ""} after={to === "draft" ? draft.text : (after.yaml ?? "")} />}</QueryStates>
      )}
    </QueryStates>
  );
}
