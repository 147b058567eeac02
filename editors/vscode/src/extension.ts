// SPDX-License-Identifier: GPL-2.0-only
import * as vscode from "vscode";
import { DidChangeConfigurationNotification, LanguageClient, RevealOutputChannelOn, State } from "vscode-languageclient/node";
import { complaint, concerns, languages, program, reaction, serverSettings, type Settings } from "./settings.ts";

let client: LanguageClient | undefined;
let log: vscode.LogOutputChannel;
let begun = false;
// Starting, stopping and starting anew come one after the other.
let work: Promise<void> = Promise.resolve();

/** A client that leaves it to us to tell of what went wrong; its own words are in the log. */
class Client extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

export function activate(context: vscode.ExtensionContext): void {
  log = vscode.window.createOutputChannel("criulint", { log: true });
  context.subscriptions.push(
    log,
    vscode.commands.registerCommand("criulint.restart", restart),
    vscode.commands.registerCommand("criulint.showLogs", () => {
      log.show();
    }),
    vscode.workspace.onDidOpenTextDocument(look),
    vscode.workspace.onDidSaveTextDocument(look),
    vscode.workspace.onDidChangeConfiguration((event) => follow(reaction((setting) => event.affectsConfiguration(setting)))),
    vscode.workspace.onDidGrantWorkspaceTrust(() => (begun ? restart() : undefined)),
  );
  vscode.workspace.textDocuments.forEach(look);
}

export async function deactivate(): Promise<void> {
  work = work.then(stop);
  await work;
}

/** Start the server, the first time that a document calls for it. */
function look(document: vscode.TextDocument): void {
  if (!begun && concerns(settings(), document.languageId, () => document.getText())) {
    void restart();
  }
}

/** Do what changed settings call for. */
async function follow(what: ReturnType<typeof reaction>): Promise<void> {
  if (what === "restart" && begun) {
    await restart();
  } else if (what === "restart") {
    vscode.workspace.textDocuments.forEach(look);
  } else if (what === "tell" && client?.state === State.Running) {
    await client.sendNotification(DidChangeConfigurationNotification.type, { settings: { criulint: told() } });
  }
}

function restart(): Promise<void> {
  begun = true;
  work = work.then(stop).then(start);
  return work;
}

async function stop(): Promise<void> {
  const running = client;
  client = undefined;
  try {
    await running?.dispose();
  } catch (error) {
    // One that never ran, or does not answer any more: the next one is started all the same.
    log.debug(String(error));
  }
}

function settings(): Settings {
  return vscode.workspace.getConfiguration("criulint") as unknown as Settings;
}

function folder(): string | undefined {
  return vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
}

/** What the server is told, whether it asks or not. */
function told(): Record<string, unknown> {
  return serverSettings(settings(), folder(), process.env);
}

async function start(): Promise<void> {
  const cwd = folder();
  const server = program(settings(), cwd, process.env);
  log.info(`starting ${[server.command, ...server.args].join(" ")}`);
  const started = new Client(
    "criulint",
    "criulint",
    { ...server, options: cwd ? { cwd } : {} },
    {
      documentSelector: languages(settings()).flatMap((language) => [
        { scheme: "file", language },
        { scheme: "untitled", language },
      ]),
      initializationOptions: told(),
      middleware: {
        workspace: {
          configuration: (params, token, next) =>
            params.items.every((item) => item.section === "criulint") ? params.items.map(told) : next(params, token),
        },
      },
      outputChannel: log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationFailedHandler: () => false,
    },
  );
  client = started;
  try {
    await started.start();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = complaint(server, reason);
    log.error(message);
    void vscode.window.showErrorMessage(message, "Open Settings", "Show the Log", "Try Again").then((choice) => {
      if (choice === "Open Settings") {
        void vscode.commands.executeCommand("workbench.action.openSettings", "criulint.path");
      } else if (choice === "Try Again") {
        void restart();
      } else if (choice) {
        log.show();
      }
    });
  }
}
