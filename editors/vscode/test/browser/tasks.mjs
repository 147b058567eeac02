// SPDX-License-Identifier: MIT
// What a user does with a CRIU file and the keyboard alone; editors/features.json names these tasks.

import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { patience, until } from "./window.mjs";

const badFile = (work) => `tcp-close false\nport 5\naction-script ${work}/hook.sh\nverbosity=4\nport 6\n`;

/** Write the files of the tasks into a folder. */
export async function prepareTasks(work) {
  await mkdir(`${work}/etc/criu`, { recursive: true });
  await writeFile(`${work}/etc/criu/runc.conf`, badFile(work));
  await writeFile(`${work}/etc/criu/default.conf`, "port 4\n");
  await writeFile(`${work}/hook.sh`, "#!/bin/sh\n");
}

/** Do each task in a window; `work` is its folder, `picture` keeps a picture, `settings` changes the user's. */
export async function doTasks(window, work, settings, picture) {
  const file = `${work}/etc/criu/runc.conf`;
  const text = badFile(work);
  const { page } = window;
  const fresh = async () => {
    await window.open("runc.conf");
    await window.write(text);
    const marks = page.locator(".editor-group-container.active .squiggly-warning");
    await until("the findings", async () => (await marks.count()) >= 2);
  };
  const isSaved = async (content) => (await readFile(file, "utf8")) === content;

  const tasks = {
    "go to the next finding": async () => {
      await window.keys("Control+Home", "F8");
      await page.locator(".marker-widget, .peekview-widget").getByText("CRIU ignores `false`").first().waitFor();
      await window.isAt(1, 11);
      await window.keys("Escape");
    },
    "read what CRIU makes of a line": async () => {
      await window.goTo(1, 3);
      await window.keys("Control+K", "Control+I");
      await page.locator(".monaco-hover").getByText("sets tcp-close").first().waitFor();
      await picture("hover");
      await window.keys("Escape");
    },
    "fix the finding at the cursor": async () => {
      await window.goTo(1, 12);
      const first = "criulint: Write `no-tcp-close` (CRIU201)";
      const menu = await window.openQuickFixes(first);
      await menu.locator(".focused").getByText(first).waitFor();
      await picture("fix");
      await window.keys("Enter");
      await window.line(1).filter({ hasText: "no-tcp-close" }).waitFor();
    },
    "fix all": async () => {
      await window.command("criulint: Fix All");
      await window.line(1).filter({ hasText: "no-tcp-close" }).waitFor();
    },
    "fix all on save": async () => {
      await settings({ "[criu]": { "editor.codeActionsOnSave": { "source.fixAll.criulint": "explicit" } } });
      // The setting may come after the first time.
      await until("the fixed file", async () => {
        await window.keys("Control+S");
        return isSaved(text.replace("tcp-close false", "no-tcp-close"));
      });
      await settings({});
    },
    "ignore a finding": async () => {
      await window.goTo(1, 12);
      await window.quickFix("criulint: Ignore CRIU201 value-ignored here");
      await window.line(1).filter({ hasText: "criulint: ignore[CRIU201]" }).waitFor();
    },
    "ignore a rule in the whole file": async () => {
      await window.goTo(1, 12);
      await window.quickFix("criulint: Ignore CRIU201 value-ignored in the whole file");
      await window.line(1).filter({ hasText: "criulint: ignore-file[CRIU201]" }).waitFor();
    },
    "open the page of a rule": async () => {
      await window.goTo(1, 12);
      await window.command("criulint: Open Rule Page");
      await page.locator(".monaco-dialog-box").getByText("/rules/value-ignored/").first().waitFor();
      await window.keys("Escape");
    },
    "choose the CRIU release": async () => {
      await window.command("criulint: Choose CRIU Release");
      await page.locator(".quick-input-widget").getByText("in force").first().waitFor();
      await picture("release");
      await window.pick("3.18");
      const chosen = async () => (await readFile(`${work}/.vscode/settings.json`, "utf8").catch(() => "")).includes('"3.18"');
      await until("the setting", chosen);
      await writeFile(`${work}/.vscode/settings.json`, "{}");
    },
    "open the file that a line names": async () => {
      await window.goTo(3, 17);
      await window.keys("F12");
      await window.sees("hook.sh");
    },
    "jump to the conflicting line": async () => {
      await window.goTo(2, 2);
      await window.keys("F12");
      await window.isAt(5);
    },
    "complete an option and its value": async () => {
      await window.write("");
      await window.type("network-l");
      await page.locator(".suggest-widget .focused").getByText("network-lock").first().waitFor();
      await window.keys("Enter");
      await page.locator(".suggest-widget").getByText("nftables").first().waitFor();
      await window.keys("ArrowDown", "Enter");
      await window.line(1).filter({ hasText: /^network-lock\s(iptables|nftables|skip)/ }).waitFor();
      await window.keys("Escape", "Escape");
    },
    "format the file": async () => {
      await window.write("port     5\n");
      await window.keys("Control+Shift+I");
      await window.line(1).filter({ hasText: /^port\s5$/ }).waitFor();
    },
    "show what CRIU reads": async () => {
      await window.goTo(2, 1);
      await window.command("criulint: Show What CRIU Reads");
      await window.sees("What CRIU Reads (runc.conf)");
      await window.line(2).filter({ hasText: "ignores" }).waitFor();
      await wide(() => picture("reading"));
      await window.goTo(5);
      await window.keys("F12");
      await window.sees("runc.conf");
      await window.isAt(4);
      await closeViews();
    },
    "show which value wins": async () => {
      await window.goTo(2, 2);
      await window.command("criulint: Show Which Value Wins");
      await window.sees("Which Value Wins (runc.conf)");
      await page.locator(".editor-group-container.active").getByText("this").first().waitFor();
      await wide(() => picture("winners"));
      // The story ends with the value that counts.
      await window.keys("Control+End", "ArrowUp", "F12");
      await window.sees("runc.conf");
      await window.isAt(5);
      await closeViews();
    },
    "go to an option in the outline": async () => {
      await window.keys("Control+Shift+O");
      await window.pick("@verb", "verbosity");
      await window.isAt(4);
    },
  };
  /** Do something while only editors are shown. */
  const wide = async (what) => {
    await window.keys("Control+B", "Control+J");
    await what();
    await window.keys("Control+B", "Control+J");
  };
  const closeViews = async () => {
    await window.command("View: Close All Editors in Group");
  };

  const { tasks: promised } = JSON.parse(await readFile(new URL("../../../features.json", import.meta.url), "utf8"));
  assert.deepEqual(Object.keys(tasks), Object.keys(promised).filter((name) => promised[name][0] !== null));
  page.setDefaultTimeout(15_000);
  for (const [name, task] of Object.entries(tasks)) {
    // A window that is still at work may lose a key, or answer that there is nothing to do.
    for (let left = 3; left > 0; left -= 1) {
      try {
        await fresh();
        await task();
        break;
      } catch (error) {
        if (left === 1) {
          throw new Error(`task: ${name}`, { cause: error });
        }
        console.log(`again: ${name}`);
        await window.keys("Escape", "Escape");
      }
    }
  }
  page.setDefaultTimeout(patience);
  await fresh();
  await window.keys("Control+S");
  await until("the file", () => isSaved(text));
  return Object.keys(tasks).length;
}
