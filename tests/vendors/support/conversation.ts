// A caller who speaks the phrases of emulators/conversation.yaml and listens to what comes back.
import { type CallerOptions, ExotelCaller, type Played } from "../../e2e/support/exotel.js";
import type { Emulation } from "./emulation.js";
import type { AgentServer, VendorCall } from "./agent_server.js";

export class Conversation {
  private constructor(
    readonly caller: ExotelCaller,
    private readonly emulation: Emulation,
    private readonly server: AgentServer,
  ) {}

  static async dial(emulation: Emulation, server: AgentServer, options: CallerOptions = {}): Promise<Conversation> {
    return new Conversation(await ExotelCaller.dial(`${server.server.ws}/media`, options), emulation, server);
  }

  /** Greeted, and it is the caller's turn. */
  static async begin(emulation: Emulation, server: AgentServer, options: CallerOptions = {}): Promise<Conversation> {
    const conversation = await Conversation.dial(emulation, server, options);
    await conversation.caller.agentFinished();
    return conversation;
  }

  /** Says a phrase; resolves when its last sample has been sent. */
  async say(phrase: string): Promise<void> {
    await this.caller.say(await this.emulation.speak(phrase, this.caller.sampleRate));
  }

  /** Says a phrase and hears the whole answer, which is returned as it was played. */
  async ask(phrase: string, quietMs = 700): Promise<readonly Played[]> {
    const before = this.caller.received.length;
    const heard = this.caller.heard.length;
    await this.say(phrase);
    await this.caller.agentSpeaks(before, 15_000);
    await this.caller.agentFinished(quietMs);
    return this.caller.heard.slice(heard);
  }

  /** Says a phrase and, when so much of the answer was heard, the next one into it; hears the answer to that. */
  async askAndInterrupt(phrase: string, afterMs: number, next: string): Promise<{ cut: readonly Played[]; answer: readonly Played[] }> {
    const heard = this.caller.heard.length;
    const before = this.caller.received.length;
    await this.say(phrase);
    await this.caller.agentSpeaks(before, 15_000);
    const already = this.caller.heardMs;
    await this.caller.until(() => this.caller.heardMs > already + afterMs, 15_000, `${afterMs} ms of the answer`);
    const barge = this.caller.received.length;
    const spoken = this.say(next);
    const clear = await this.caller.waitFor("clear", barge);
    const cut = this.caller.heard.slice(heard);
    const place = this.caller.received.indexOf(clear) + 1;
    await spoken;
    await this.caller.agentSpeaks(place, 15_000);
    await this.caller.agentFinished(700);
    return { cut, answer: this.caller.heard.slice(heard + cut.length) };
  }

  /** Says goodbye; the agent says its own and ends the call. */
  async goodbye(): Promise<VendorCall> {
    const heard = this.caller.heardMs;
    await this.say("goodbye");
    await this.caller.closed(20_000);
    if (this.caller.heardMs < heard + 500) throw new Error("the goodbye was not heard");
    return this.server.callOf(this.caller.streamId);
  }

  async hangUp(): Promise<VendorCall> {
    await this.caller.hangUp();
    return this.server.callOf(this.caller.streamId);
  }
}
