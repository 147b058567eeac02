// SPDX-License-Identifier: GPL-2.0-only
// Does in a window of VS Code what a new user does: has no criulint, gets one, opens a bad file, looks at it, mends it.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { chromium } from "playwright-core";

const [address, work, settingsFile, criulint, screenshot] = process.argv.slice(2);
const patience = 60_000;

/** Wait until something is so; `what` tells of it in vain. */
async function until(what, condition) {
  for (const end = Date.now() + patience; !(await condition()); await setTimeout(50)) {
    assert.ok(Date.now() < end, `waited in vain for ${what}`);
  }
}

await until("the server", () => fetch(address).then(() => true, () => false));

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
});
const page = await browser.newPage({ viewport: { width: 1200, height: 700 } });
page.setDefaultTimeout(patience);

/** Settings of this computer, as if written by hand into settings.json. */
const set = (settings) => writeFile(settingsFile, JSON.stringify(settings));
const problem = (text) => page.locator(".markers-panel").getByText(text).first();
const line = (number) => page.locator(".editor-instance .view-line").nth(number - 1);
const open = async (name) => {
  await page.keyboard.press("Control+P");
  await page.locator(".quick-input-widget input").first().fill(name);
  await page.locator(".quick-input-list .focused").getByText(name).first().waitFor();
  await page.keyboard.press("Enter");
  await page.locator(".tabs-container .active").getByText(name).waitFor();
};
const command = async (title) => {
  await page.keyboard.press("F1");
  await page.locator(".quick-input-widget input").first().fill(`>${title}`);
  await page.locator(".quick-input-list .focused").getByText(title).first().waitFor();
  await page.keyboard.press("Enter");
};

try {
  await page.goto(address);
  await page.getByText("Yes, I trust the authors").click();
  await page.locator(".explorer-folders-view").getByText("criu", { exact: true }).waitFor();

  // YAML that says nothing of CRIU needs no server; a ConfigMap does, and without a server the user is told what to do.
  await open("other.yaml");
  await open("configmap.yaml");
  const complaint = page.locator(".notifications-toasts").getByText("criulint could not be started");
  await complaint.waitFor();
  await page.locator(".notifications-toasts").getByText("Install it with the extra `lsp`").waitFor();

  // A setting says where it is, and that is followed at once.
  await set({ "criulint.path": criulint });
  await page.keyboard.press("Control+Shift+M");
  await problem("CRIU ignores `no` and switches it ON").waitFor();

  // The language, its grammar, and the server's diagnostics.
  await open("my.conf");
  await page.locator(".statusbar").getByText("CRIU configuration").waitFor();
  await page.locator(".squiggly-warning").first().waitFor();
  const colours = await line(1).locator("span span").evaluateAll((spans) => new Set(spans.map((span) => span.className)).size);
  assert.ok(colours >= 2, "an option and its value look different");
  await problem("CRIU ignores `false` and switches it ON").waitFor();

  // Another setting, which the server that runs is told of.
  await set({ "criulint.path": criulint, "criulint.targetVersion": "4.1.1" });
  await problem("CRIU 4.1.1 does not know `allow-uprobes`").waitFor();
  await page.screenshot({ path: screenshot });

  // What CRIU makes of a line.
  await line(1).locator("span span").first().hover();
  await page.locator(".monaco-hover").getByText("sets tcp-close").first().waitFor();

  // The fix that is beyond doubt comes first.
  await line(1).click();
  await page.keyboard.press("Control+Home");
  await page.keyboard.press("Control+.");
  await page.locator(".action-widget .focused").getByText("Write `no-tcp-close` (CRIU201)").waitFor();
  await page.keyboard.press("Enter");
  await line(1).filter({ hasText: "no-tcp-close" }).waitFor();

  // What may follow is offered.
  await page.keyboard.press("Control+End");
  await page.keyboard.type("network-lock   nf");
  await page.keyboard.press("Control+Space");
  await page.locator(".suggest-widget").getByText("nftables").first().waitFor();
  await page.keyboard.press("Enter");
  await command("Format Document");
  await line(3).filter({ hasText: /network-lock\snftables/ }).waitFor();
  await page.keyboard.press("Control+S");
  const mended = "no-tcp-close\nallow-uprobes\nnetwork-lock nftables\n";
  await until("the file", async () => (await readFile(`${work}/criu/my.conf`, "utf8")) === mended);

  // The log tells what was started, and by the command once more.
  await command("criulint: Show the Log");
  const log = page.locator(".output-view .view-lines");
  const starts = async () => (await log.innerText()).split(`starting${String.fromCharCode(160)}${criulint}`).length - 1;
  await until("a line of the log", async () => (await starts()) === 1);
  await command("criulint: Restart the Language Server");
  await until("another line of the log", async () => (await starts()) === 2);
  await page.keyboard.press("Control+Shift+M");
  await problem("CRIU 4.1.1 does not know `allow-uprobes`").waitFor();
  console.log("VS Code opened, explained, mended, completed, formatted and saved the file");
} catch (error) {
  await page.screenshot({ path: screenshot });
  throw error;
} finally {
  await browser.close();
}
