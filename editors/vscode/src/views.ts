// SPDX-License-Identifier: MIT
// Texts that the server writes about a file, shown beside it: what CRIU reads, and which value wins.
import * as vscode from "vscode";
import type { FindServer } from "./client.ts";
import { linkOn, NOT_RUNNING, type View } from "./settings.ts";

const SCHEME = "criulint";
// Milliseconds without typing before a text that is shown is made again.
const PAUSE = 300;

/** What a text is about: the server's command, and the place where it was asked for. */
interface Question {
  command: string;
  document: string;
  position: { line: number; character: number };
}

/** Register the commands that show texts, and what makes these and follows their lines. */
export function registerViews(context: vscode.ExtensionContext, find: FindServer): void {
  const changed = new vscode.EventEmitter<vscode.Uri>();
  const views = new Map<string, View>();
  let pause: NodeJS.Timeout | undefined;

  const show = async (command: string, title: string): Promise<void> => {
    const editor = vscode.window.activeTextEditor;
    if (!editor || !find()) {
      void vscode.window.showInformationMessage(NOT_RUNNING);
      return;
    }
    const { line, character } = editor.selection.active;
    const name = editor.document.uri.path.replace(/.*\//, "");
    const asked: Question = { command, document: editor.document.uri.toString(), position: { line, character } };
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${title} (${name})`, query: JSON.stringify(asked) });
    changed.fire(uri);
    const text = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(text, { viewColumn: vscode.ViewColumn.Beside, preview: true });
  };

  const target = (link: View["links"][number]): vscode.Location =>
    new vscode.Location(vscode.Uri.parse(link.uri), new vscode.Position(link.targetLine, link.targetCharacter));

  /** Show a place where its file is shown already. */
  const reveal = async (link: View["links"][number]): Promise<void> => {
    const { uri, range } = target(link);
    const shown = vscode.window.visibleTextEditors.find((editor) => editor.document.uri.toString() === uri.toString());
    await vscode.window.showTextDocument(uri, { selection: range, ...(shown ? { viewColumn: shown.viewColumn } : {}) });
  };

  context.subscriptions.push(
    changed,
    vscode.commands.registerCommand("criulint.showReading", () => show("criulint.reading", "What CRIU Reads")),
    vscode.commands.registerCommand("criulint.showWinners", () => show("criulint.winners", "Which Value Wins")),
    vscode.commands.registerCommand("criulint.reveal", reveal),
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
      onDidChange: changed.event,
      provideTextDocumentContent: async (uri) => {
        const { command, document, position } = JSON.parse(uri.query) as Question;
        const view = await find()?.show(command, vscode.Uri.parse(document), position);
        views.set(uri.toString(), view ?? { text: "", links: [] });
        return view?.text ?? "The file is no longer open.\n";
      },
    }),
    vscode.languages.registerDocumentLinkProvider({ scheme: SCHEME }, {
      provideDocumentLinks: (document) =>
        (views.get(document.uri.toString())?.links ?? []).map((link) => {
          const range = new vscode.Range(link.line, link.start, link.line, link.end);
          const argument = encodeURIComponent(JSON.stringify([link]));
          const found = new vscode.DocumentLink(range, vscode.Uri.parse(`command:criulint.reveal?${argument}`));
          found.tooltip = "Go to the line";
          return found;
        }),
    }),
    vscode.languages.registerDefinitionProvider({ scheme: SCHEME }, {
      provideDefinition: (document, { line, character }) => {
        const link = linkOn(views.get(document.uri.toString()), line, character);
        return link && target(link);
      },
    }),
    vscode.workspace.onDidChangeTextDocument(({ document }) => {
      clearTimeout(pause);
      pause = setTimeout(() => {
        for (const { uri } of vscode.workspace.textDocuments) {
          if (uri.scheme === SCHEME && uri.query.includes(JSON.stringify(document.uri.toString()))) {
            changed.fire(uri);
          }
        }
      }, PAUSE);
    }),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => {
      views.delete(uri.toString());
    }),
  );
}
