// SPDX-License-Identifier: MIT
// The running language server. It is a file of its own, as it is large, and most windows need none.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import type * as vscode from "vscode";
import {
  CloseAction,
  DidChangeConfigurationNotification,
  ErrorAction,
  ExecuteCommandRequest,
  LanguageClient,
  RevealOutputChannelOn,
  ShowMessageNotification,
  State,
} from "vscode-languageclient/node";
import { lastLine, startupError, type InForce, type Program, type selector, type View } from "./settings.ts";

const MAX_RESTARTS = 4;
// Milliseconds that the last words of a server may take, and its end.
const PATIENCE = 2000;
// As much of what the server writes to its log is remembered.
const MAX_TAIL = 4000;

/** What a server is started with. */
export interface Start {
  program: Program;
  folder: string | undefined;
  documents: ReturnType<typeof selector>;
  /** Return the settings that the server gets. */
  settings: () => Record<string, unknown>;
  log: vscode.LogOutputChannel;
  /** Show what is wrong, in place of what was shown before. */
  showProblem: (message: string) => void;
}

/** Return the running server, if there is one. */
export type FindServer = () => Server | undefined;

/** A client that writes errors into the log; it opens no message. */
class Client extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

/** A server that is started, and again if it crashes. */
export class Server {
  private readonly client: Client;
  private process: ChildProcess | undefined;
  private tail = "";
  private restarts = 0;
  private hasRun = false;

  constructor(private readonly given: Start) {
    this.client = new Client("criulint", "criulint", () => this.run(), {
      documentSelector: given.documents,
      initializationOptions: given.settings(),
      middleware: {
        workspace: {
          configuration: (params, token, next) =>
            params.items.every((item) => item.section === "criulint") ? params.items.map(given.settings) : next(params, token),
        },
      },
      outputChannel: given.log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationFailedHandler: () => false,
      errorHandler: {
        error: (_error, _message, count) => ({
          action: count !== undefined && count <= 3 ? ErrorAction.Continue : ErrorAction.Shutdown,
          handled: true,
        }),
        closed: () => ({ action: this.goesOn() ? CloseAction.Restart : CloseAction.DoNotRestart, handled: true }),
      },
    });
    this.client.onNotification(ShowMessageNotification.type, ({ message }) => {
      given.log.error(message);
      given.showProblem(message);
    });
  }

  /** Start the server; show why it does not start. */
  async start(): Promise<void> {
    try {
      await this.client.start();
      this.hasRun = true;
    } catch (error) {
      await this.hearLastWords();
      const reason = lastLine(this.tail) || (error instanceof Error ? error.message : String(error));
      const message = startupError(this.given.program, reason);
      this.given.log.error(message);
      this.given.showProblem(message);
    }
  }

  /** Send changed settings. */
  async sendSettings(): Promise<void> {
    if (this.client.state === State.Running) {
      await this.client.sendNotification(DidChangeConfigurationNotification.type, { settings: { criulint: this.given.settings() } });
    }
  }

  /** Return what reads a document; undefined if the server does not know the document. */
  async inForce(document: vscode.Uri): Promise<InForce | undefined> {
    return (await this.execute("criulint.inForce", document)) as InForce | undefined;
  }

  /** Return the text that a command makes of a document and a place in it. */
  async show(command: string, document: vscode.Uri, place: { line: number; character: number }): Promise<View | undefined> {
    const arguments_ = command === "criulint.winners" ? [place] : [];
    return (await this.execute(command, document, ...arguments_)) as View | undefined;
  }

  /** Return what a command of the server says about a document; undefined if it does not know that. */
  private async execute(command: string, document: vscode.Uri, ...more: unknown[]): Promise<unknown> {
    if (this.client.state !== State.Running) {
      return undefined;
    }
    const uri = this.client.code2ProtocolConverter.asUri(document);
    const answer: unknown = await this.client.sendRequest(ExecuteCommandRequest.type, { command, arguments: [uri, ...more] });
    return answer ?? undefined;
  }

  /** End the server, if need be by force. */
  async stop(): Promise<void> {
    try {
      await this.client.dispose();
    } catch (error) {
      this.given.log.debug(String(error)); // it never ran, or hangs
    }
    this.process?.kill();
  }

  /** Run the program; what it writes to standard error is remembered. */
  private async run(): Promise<ChildProcess> {
    const { program, folder } = this.given;
    const child = spawn(program.command, program.args, folder ? { cwd: folder } : {});
    this.process = child;
    this.tail = "";
    child.stderr.on("data", (data: Buffer) => {
      this.tail = (this.tail + data.toString()).slice(-MAX_TAIL);
    });
    await once(child, "spawn");
    return child;
  }

  /** Wait until all is read that a server said which has ended. */
  private async hearLastWords(): Promise<void> {
    if (this.process?.pid !== undefined) {
      await Promise.race([once(this.process, "close"), setTimeout(PATIENCE, undefined, { ref: false })]);
    }
  }

  /** Return whether a server that has ended is to be started again. */
  private goesOn(): boolean {
    if (!this.hasRun) {
      return false;
    }
    this.restarts += 1;
    if (this.restarts > MAX_RESTARTS) {
      this.given.showProblem(`criulint ended ${String(this.restarts)} times: ${lastLine(this.tail) || "it printed nothing"}`);
      return false;
    }
    return true;
  }
}
