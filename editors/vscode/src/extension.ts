// SPDX-License-Identifier: MIT
import * as vscode from "vscode";
import { DidChangeConfigurationNotification, LanguageClient, RevealOutputChannelOn, State } from "vscode-languageclient/node";
import { startupError, needsServer, languages, program, reaction, serverSettings, type Settings } from "./settings.ts";

let client: LanguageClient | undefined;
let log: vscode.LogOutputChannel;
// Whether the server was ever asked for.
let requested = false;
// Starts and stops run one after another.
let work: Promise<void> = Promise.resolve();

/** A client whose errors are logged; we show our own message. */
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
    vscode.workspace.onDidOpenTextDocument(startFor),
    vscode.workspace.onDidSaveTextDocument(startFor),
    vscode.workspace.onDidChangeConfiguration((event) => apply(reaction((setting) => event.affectsConfiguration(setting)))),
    vscode.workspace.onDidGrantWorkspaceTrust(() => (requested ? restart() : undefined)),
  );
  vscode.workspace.textDocuments.forEach(startFor);
}

export async function deactivate(): Promise<void> {
  work = work.then(stop);
  await work;
}

/** Start the server with the first document that needs it. */
function startFor(document: vscode.TextDocument): void {
  if (!requested && needsServer(settings(), document.languageId, () => document.getText())) {
    void restart();
  }
}

/** Apply changed settings. */
async function apply(what: ReturnType<typeof reaction>): Promise<void> {
  if (what === "restart" && requested) {
    await restart();
  } else if (what === "restart") {
    vscode.workspace.textDocuments.forEach(startFor);
  } else if (what === "notify" && client?.state === State.Running) {
    await client.sendNotification(DidChangeConfigurationNotification.type, { settings: { criulint: sentSettings() } });
  }
}

function restart(): Promise<void> {
  requested = true;
  work = work.then(stop).then(start);
  return work;
}

async function stop(): Promise<void> {
  const running = client;
  client = undefined;
  try {
    await running?.dispose();
  } catch (error) {
    // It never ran, or hangs; the next one is started regardless.
    log.debug(String(error));
  }
}

function settings(): Settings {
  return vscode.workspace.getConfiguration("criulint") as unknown as Settings;
}

function folder(): string | undefined {
  return vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
}

/** The settings that the server gets. */
function sentSettings(): Record<string, unknown> {
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
      initializationOptions: sentSettings(),
      middleware: {
        workspace: {
          configuration: (params, token, next) =>
            params.items.every((item) => item.section === "criulint") ? params.items.map(sentSettings) : next(params, token),
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
    const message = startupError(server, reason);
    log.error(message);
    void vscode.window.showErrorMessage(message, "Open Settings", "Show Log", "Try Again").then((choice) => {
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
