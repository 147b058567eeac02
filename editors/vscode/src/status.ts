// SPDX-License-Identifier: MIT
// What reads the file in the editor: shown beside its language, and chosen there.
import * as vscode from "vscode";
import type { FindServer } from "./client.ts";
import { describe, NOT_RUNNING } from "./settings.ts";

/** Register the language status item, and the commands that go with it; return how to refresh it. */
export function registerStatus(context: vscode.ExtensionContext, find: FindServer): () => Promise<void> {
  const item = vscode.languages.createLanguageStatusItem("criulint.release", { language: "criu" });
  item.name = "CRIU Release";
  item.text = "CRIU";
  item.command = { command: "criulint.chooseRelease", title: "Choose" };
  const refresh = async (): Promise<void> => {
    const document = vscode.window.activeTextEditor?.document;
    const read = document?.languageId === "criu" ? await find()?.inForce(document.uri) : undefined;
    item.text = read ? describe(read) : "CRIU";
  };
  context.subscriptions.push(
    item,
    vscode.window.onDidChangeActiveTextEditor(refresh),
    vscode.languages.onDidChangeDiagnostics(refresh),
    vscode.commands.registerCommand("criulint.chooseRelease", () => chooseRelease(find)),
    vscode.commands.registerCommand("criulint.openRulePage", openRulePage),
  );
  return refresh;
}

/** Let the user choose the release that reads the files, and keep it as a setting. */
async function chooseRelease(find: FindServer): Promise<void> {
  const document = vscode.window.activeTextEditor?.document;
  const read = document && (await find()?.inForce(document.uri));
  if (!read) {
    void vscode.window.showInformationMessage(NOT_RUNNING);
    return;
  }
  const installed = { label: "installed", description: "the CRIU of this machine" };
  const unset = { label: "default", description: "what criulint.toml says, or the newest release" };
  const known = read.releases.map((label) => ({ label, description: label === read.criu ? "in force" : "" }));
  const chosen = await vscode.window.showQuickPick([unset, installed, ...known], {
    title: "CRIU Release",
    placeHolder: `${describe(read)} is in force`,
  });
  if (chosen) {
    const target = vscode.workspace.workspaceFolders ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
    const value = chosen === unset ? undefined : chosen.label;
    await vscode.workspace.getConfiguration("criulint").update("targetVersion", value, target);
  }
}

/** Open the page of the rule at the cursor, or of one that the user chooses of those in the file. */
async function openRulePage(): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  const found = editor ? vscode.languages.getDiagnostics(editor.document.uri).filter((one) => one.source === "criulint") : [];
  const here = found.filter((one) => editor && one.range.contains(editor.selection.active));
  const pages = new Map<string, { label: string; description: string; target: vscode.Uri }>();
  for (const { code, message } of here.length ? here : found) {
    if (typeof code === "object") {
      const label = String(code.value);
      pages.set(label, { label, description: message.split("\n", 1)[0] ?? "", target: code.target });
    }
  }
  const [first] = pages.values();
  const chosen = pages.size > 1 ? await vscode.window.showQuickPick([...pages.values()], { title: "Rule" }) : first;
  if (chosen) {
    await vscode.env.openExternal(chosen.target);
  }
}
