// SPDX-License-Identifier: GPL-2.0-only
// Does in a window of VS Code what somebody does who opens a bad file: looks at it, mends it, saves it.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { chromium } from "playwright-core";

const [address, file, screenshot] = process.argv.slice(2);
const patience = 60_000;

for (let tries = 0; ; tries++) {
  try {
    await fetch(address);
    break;
  } catch (error) {
    if (tries === 100) throw error;
    await setTimeout(200);
  }
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
});
const page = await browser.newPage({ viewport: { width: 1200, height: 700 } });
page.setDefaultTimeout(patience);
try {
  await page.goto(address);
  await page.getByText("Yes, I trust the authors").click();
  const files = page.locator(".explorer-folders-view");
  await files.getByText("criu", { exact: true }).click();
  await files.getByText("my.conf", { exact: true }).dblclick();

  // The language, its grammar, and the server's diagnostics.
  await page.locator(".statusbar").getByText("CRIU configuration").waitFor();
  await page.locator(".squiggly-warning").first().waitFor();
  const line = page.locator(".view-line").first();
  const colours = await line.locator("span span").evaluateAll((spans) => new Set(spans.map((span) => span.className)).size);
  assert.ok(colours >= 2, "an option and its value look different");

  // The problem, in the list of problems.
  await page.keyboard.press("Control+Shift+M");
  await page.locator(".markers-panel").getByText("CRIU ignores `false` and switches it ON").first().waitFor();
  await page.screenshot({ path: screenshot });

  // The fix that is beyond doubt comes first.
  await line.click();
  await page.keyboard.press("Control+Home");
  await page.keyboard.press("Control+.");
  await page.locator(".action-widget .focused").getByText("Write `no-tcp-close` (CRIU201)").waitFor();
  await page.keyboard.press("Enter");
  await page.locator(".view-line").first().filter({ hasText: "no-tcp-close" }).waitFor();

  // What may follow is offered.
  await page.keyboard.press("Control+End");
  await page.keyboard.type("network-lock nf");
  await page.keyboard.press("Control+Space");
  await page.locator(".suggest-widget").getByText("nftables").first().waitFor();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Control+S");
  let text = "";
  for (let tries = 0; tries < 100 && !text.includes("nftables"); tries++) {
    await setTimeout(100);
    text = await readFile(file, "utf8");
  }
  assert.equal(text, "no-tcp-close\nshell-job\nnetwork-lock nftables\n");

  // The log tells what was started.
  await page.keyboard.press("F1");
  await page.locator(".quick-input-widget input").first().fill(">criulint: Restart");
  await page.keyboard.press("Enter");
  await page.locator(".squiggly-warning, .squiggly-error").first().waitFor({ state: "detached" });
  console.log("VS Code opened, mended, completed and saved the file");
} catch (error) {
  await page.screenshot({ path: screenshot });
  throw error;
} finally {
  await browser.close();
}
