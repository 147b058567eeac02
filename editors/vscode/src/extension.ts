// SPDX-License-Identifier: GPL-2.0-only
import * as vscode from "vscode";
import { LanguageClient, RevealOutputChannelOn, State } from "vscode-languageclient/node";
import { complaint, languages, program, serverSettings, type Settings } from "./settings.ts";

let client: LanguageClient | undefined;
let log: vscode.LogOutputChannel;
// Starting, stopping and starting anew come one after the other.
let work: Promise<void> = Promise.resolve();

/** A client that leaves it to us to tell of what went wrong; its own words are in the log. */
class Client extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

export function activate(context: vscode.ExtensionContext): Promise<void> {
  log = vscode.window.createOutputChannel("criulint", { log: true });
  context.subscriptions.push(
    log,
    vscode.commands.registerCommand("criulint.restart", restart),
    vscode.commands.registerCommand("criulint.showLogs", () => {
      log.show();
    }),
    vscode.workspace.onDidChangeConfiguration((event) => (event.affectsConfiguration("criulint") ? restart() : undefined)),
    vscode.workspace.onDidGrantWorkspaceTrust(restart),
  );
  return restart();
}

export async function deactivate(): Promise<void> {
  work = work.then(stop);
  await work;
}

function restart(): Promise<void> {
  work = work.then(stop).then(start);
  return work;
}

async function stop(): Promise<void> {
  const running = client;
  client = undefined;
  if (running?.state === State.Running) {
    await running.stop();
  }
  await running?.dispose();
}

async function start(): Promise<void> {
  const settings = vscode.workspace.getConfiguration("criulint") as unknown as Settings;
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  const server = program(settings, folder, process.env);
  log.info(`starting ${[server.command, ...server.args].join(" ")}`);
  const started = new Client(
    "criulint",
    "criulint",
    { ...server, options: folder ? { cwd: folder } : {} },
    {
      documentSelector: languages(settings).flatMap((language) => [
        { scheme: "file", language },
        { scheme: "untitled", language },
      ]),
      initializationOptions: serverSettings(settings, folder, process.env),
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
    void vscode.window.showErrorMessage(message, "Open Settings", "Show the Log").then((choice) => {
      if (choice === "Open Settings") {
        void vscode.commands.executeCommand("workbench.action.openSettings", "criulint.path");
      } else if (choice) {
        log.show();
      }
    });
  }
}
