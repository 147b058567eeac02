// SPDX-License-Identifier: MIT
import * as vscode from "vscode";
import type { Server } from "./client.ts";
import { registerStatus } from "./status.ts";
import { registerViews } from "./views.ts";
import { isConfiguration, needsServer, program, reaction, selector, serverSettings, shorten, type Settings } from "./settings.ts";

let server: Server | undefined;
let log: vscode.LogOutputChannel;
let problems: vscode.StatusBarItem;
let refreshStatus: () => Promise<void>;
// What is wrong now; "" if nothing is.
let problem = "";
// Whether the server was ever asked for.
let requested = false;
// Starts and stops run one after another.
let work: Promise<void> = Promise.resolve();

export function activate(context: vscode.ExtensionContext): void {
  log = vscode.window.createOutputChannel("criulint", { log: true });
  problems = vscode.window.createStatusBarItem("criulint.problem", vscode.StatusBarAlignment.Left);
  problems.name = "criulint";
  problems.command = "criulint.showProblem";
  problems.backgroundColor = new vscode.ThemeColor("statusBarItem.errorBackground");
  refreshStatus = registerStatus(context, () => server);
  registerViews(context, () => server);
  const register = vscode.commands.registerCommand;
  context.subscriptions.push(
    log,
    problems,
    register("criulint.restart", restart),
    register("criulint.showLogs", () => {
      log.show();
    }),
    register("criulint.showProblem", explainProblem),
    register("criulint.fixAll", () =>
      vscode.commands.executeCommand("editor.action.sourceAction", { kind: "source.fixAll.criulint", apply: "first" }),
    ),
    vscode.workspace.onDidOpenTextDocument(startFor),
    vscode.workspace.onDidSaveTextDocument((document) => {
      if (isConfiguration(document.fileName)) {
        showProblem(""); // the server says again what is still wrong
      }
      startFor(document);
    }),
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
  if (!requested && needsServer(settings(), document.fileName, document.languageId, () => document.getText())) {
    void restart();
  }
}

/** Apply changed settings. */
async function apply(what: ReturnType<typeof reaction>): Promise<void> {
  if (what === "restart" && requested) {
    await restart();
  } else if (what === "restart") {
    vscode.workspace.textDocuments.forEach(startFor);
  } else if (what === "notify" && server) {
    showProblem("");
    await server.sendSettings();
    await refreshStatus();
  }
}

function restart(): Promise<void> {
  requested = true;
  work = work.then(stop).then(start);
  return work;
}

async function stop(): Promise<void> {
  const running = server;
  server = undefined;
  await running?.stop();
}

async function start(): Promise<void> {
  showProblem("");
  const { Server } = await import("./client.js");
  const cwd = folder();
  const started = program(settings(), cwd, process.env);
  log.info(`starting ${[started.command, ...started.args].join(" ")}`);
  server = new Server({
    program: started,
    folder: cwd,
    documents: selector(settings()),
    settings: sentSettings,
    log,
    showProblem,
  });
  await server.start();
  await refreshStatus();
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

/** Show in the status bar what is wrong, in place of what was shown before; "" if nothing is. */
function showProblem(message: string): void {
  problem = message;
  problems.text = `$(error) ${shorten(message)}`;
  problems.tooltip = message;
  if (message) {
    problems.show();
  } else {
    problems.hide();
  }
}

/** Show the whole text of the problem, and what can be done. */
async function explainProblem(): Promise<void> {
  if (!problem) {
    return;
  }
  const choice = await vscode.window.showErrorMessage(problem, "Open Settings", "Show Log", "Try Again");
  if (choice === "Open Settings") {
    await vscode.commands.executeCommand("workbench.action.openSettings", "criulint");
  } else if (choice === "Try Again") {
    await restart();
  } else if (choice) {
    log.show();
  }
}
