// SPDX-License-Identifier: GPL-2.0-or-later
// Pages in a real browser. Usage: node browser.js PLAYWRIGHT CHROMIUM DIRECTORY; prints TAP. DIRECTORY has run/, validation.html,
// comparison.html and big/ (10^6 spans), as browser.t made them.
"use strict";
const fs = require("fs"), path = require("path"), { pathToFileURL } = require("url");
const [playwright, executablePath, directory] = process.argv.slice(2);
const { chromium } = require(playwright);
let count = 0, failed = 0;

function ok(right, says, ...details) {
  count++;
  failed += !right;
  console.log(`${right ? "ok" : "not ok"} ${count} - ${says}`);
  if (!right) for (const detail of details) console.log(`# ${JSON.stringify(detail)}`);
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

async function opened(browser, name, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options }), page = await context.newPage();
  page.errors = [];
  page.requests = [];
  page.on("console", (message) => { if (message.type() === "error") page.errors.push(message.text()); });
  page.on("pageerror", (error) => page.errors.push(String(error)));
  page.on("request", (request) => { if (!request.url().startsWith("data:")) page.requests.push(request.url()); });
  await page.goto(pathToFileURL(path.join(directory, name)).href);
  return page;
}

async function testQuiet(browser) {
  for (const name of ["run/report.html", "validation.html", "comparison.html"]) {
    const page = await opened(browser, name);
    ok(page.errors.length === 0 && page.requests.length === 1, `${name}: no error, and nothing is asked of any network`, page.errors, page.requests);
    for (const width of [320, 768, 1280, 2560]) {
      await page.setViewportSize({ width, height: 800 });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      ok(wide <= width, `${name}: ${width} px wide, it does not scroll sideways`, wide);
    }
    await page.context().close();
  }
}

async function testFigures(browser) {
  const result = JSON.parse(fs.readFileSync(path.join(directory, "run/result.json"))), page = await opened(browser, "run/report.html");
  const rows = await page.$$eval("table", (tables) => [...tables[0].tBodies[0].rows].map((row) => [...row.cells].map((cell) => Number(cell.dataset.v))));
  const same = result.threads.every((thread) => rows.some((row) => row[0] === thread.tid && row[4] === thread.on_cpu_ns &&
    row[5] === thread.run_queue_ns && row[6] === thread.blocked_ns.lock && row[7] === thread.blocked_ns.gil && row[14] === thread.end_ns - thread.start_ns));
  ok(same && rows.length === result.threads.length, "the figures of all threads are the result's", rows);
  // To sort, as a reader without a mouse does.
  const head = page.locator("table").first().locator("th button").nth(4);
  await head.focus();
  for (const [order, sign] of [["ascending", 1], ["descending", -1]]) {
    await page.keyboard.press("Enter");
    const values = await page.$$eval("table", (tables) => [...tables[0].tBodies[0].rows].map((row) => Number(row.cells[4].dataset.v)));
    ok(values.every((value, i) => !i || (value - values[i - 1]) * sign >= 0), `sorted by a column, ${order}`, values);
  }
  await page.context().close();
}

async function testTimeline(browser) {
  const page = await opened(browser, "run/report.html"), canvas = page.locator("#timeline canvas"), seen = page.locator(".seen");
  const box = await canvas.boundingBox();
  await page.mouse.click(box.x + box.width / 2, box.y + 22 + 22 + 8);
  const said = await seen.textContent();
  ok(/\(\d+ ns\), from .* to /.test(said), "a click asks for the exact figures", said);
  await canvas.focus();
  for (const [key, says] of [["+", "+ zooms in"], ["ArrowRight", "an arrow moves"], ["Home", "Home shows all of it"], ["n", ""]]) {
    const before = await canvas.screenshot();
    await page.keyboard.press(key);
    await page.waitForTimeout(60);
    if (key !== "n") ok(Buffer.compare(before, await canvas.screenshot()) !== 0, `by keyboard: ${says}`);
  }
  ok((await seen.textContent()) !== said, "by keyboard: n goes to the next span, and says what it is");
  const first = await seen.textContent();
  const told = [];
  for (let i = 0; i < 100; i++) {
    await page.keyboard.press("n");
    told.push(await seen.textContent());
  }
  const woken = told.filter((text) => /(handed over by|woken where this ran:) \S+ \(tid \d+\)/.test(text));
  ok(woken.some((text) => text.includes("): waiting for a CPU")), "who woke it is named", told);
  ok(woken.some((text) => !text.includes("): waiting for a CPU")), "so is who ended a wait", told);
  await page.keyboard.press("ArrowDown");
  ok((await seen.textContent()).split(":")[0] !== first.split(":")[0], "by keyboard: an arrow goes to another thread", first);
  const before = await canvas.screenshot();
  await page.mouse.move(box.x + box.width / 2, box.y + 40);
  await page.mouse.wheel(0, -300);
  await page.waitForTimeout(60);
  ok(Buffer.compare(before, await canvas.screenshot()) !== 0, "the wheel zooms");
  await page.context().close();
}

async function testVerdicts(browser) {
  const page = await opened(browser, "validation.html"), field = page.locator("input[type=search]");
  const shown = () => page.$$eval("table[data-filter] tbody tr", (rows) => rows.filter((row) => !row.hidden).length);
  const all = await shown();
  await field.fill("refuted");
  const refuted = await shown();
  const marked = await page.$$eval("table[data-filter] tbody tr", (rows) => rows.filter((row) => row.textContent.toLowerCase().includes("refuted")).length);
  ok(all > refuted && refuted === marked && refuted > 0, `${refuted} of ${all} verdicts are shown when one word is typed`, marked);
  await field.fill("");
  const link = page.locator("table[data-filter] a").first();
  await link.click();
  ok(await page.$eval("details[open]", (details) => details.textContent.length > 50), "a claim opens when it is followed to");
  ok((await page.$$("img, iframe, object, embed")).length === 0, "no element that a claim file wrote");
  await page.context().close();
}

async function testManners(browser) {
  const light = await opened(browser, "run/report.html", { colorScheme: "light" }), dark = await opened(browser, "run/report.html", { colorScheme: "dark" });
  const paper = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  ok((await paper(light)) !== (await paper(dark)), "dark where that is wished for");
  await light.context().close();
  await dark.emulateMedia({ media: "print" });
  ok((await dark.pdf()).length > 10000, "printed, it is a document");
  await dark.context().close();
  for (const name of ["run/report.html", "comparison.html", "validation.html"]) {
    const paper = await opened(browser, name, { javaScriptEnabled: false });
    await paper.setViewportSize({ width: 1047, height: 700 }); // A4, across, without its margins
    await paper.emulateMedia({ media: "print" });
    const wide = await paper.$$eval("table", (tables) => Math.max(...tables.map((table) => table.offsetWidth)));
    const closed = await paper.$$eval("details", (all) => CSS.supports("selector(::details-content)") ?
      all.filter((one) => getComputedStyle(one, "::details-content").contentVisibility === "hidden").length : "not known to this browser");
    ok(wide <= 1047 && closed === 0, `${name}: printed, no column is cut off and nothing stays closed`, wide, closed);
    await paper.context().close();
  }
  const plain = await opened(browser, "run/report.html", { javaScriptEnabled: false });
  ok((await plain.textContent("body")).includes("Where the time went") && await plain.locator("noscript pre").isVisible(), "without scripts there are the tables, and the timeline in letters");
  await plain.context().close();
}

// Medians are printed; what is asserted is that it is drawn at all: this machine may be busy.
async function testBig(browser) {
  const paints = [], frames = [];
  for (let i = 0; i < 3; i++) {
    const page = await opened(browser, "big/report.html");
    paints.push(await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN));
    frames.push(await page.evaluate(async () => {
      const canvas = document.querySelector("#timeline canvas"), frame = () => new Promise((done) => requestAnimationFrame(done));
      canvas.focus();
      canvas.dispatchEvent(new KeyboardEvent("keydown", { key: "+" }));
      await frame();
      const begin = performance.now();
      for (let j = 0; j < 30; j++) {
        canvas.dispatchEvent(new KeyboardEvent("keydown", { key: j % 2 ? "ArrowLeft" : "ArrowRight" }));
        await frame();
      }
      return 30000 / (performance.now() - begin);
    }));
    const drawn = await page.evaluate(() => {
      const canvas = document.querySelector("#timeline canvas"), spans = JSON.parse(document.getElementById("timeline-data").textContent).threads;
      const count = spans.reduce((sum, thread) => sum + thread.spans.length / 3, 0);
      return { count, colored: canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((value, i) => i % 4 < 3 && value !== 255) };
    });
    ok(page.errors.length === 0 && drawn.count >= 999000 && drawn.colored, "10^6 spans are drawn", page.errors, drawn);
    await page.context().close();
  }
  console.log(`# 10^6 spans: first paint after ${Math.round(median(paints))} ms, ${median(frames).toFixed(0)} frames a second while it moves (medians of 3)`);
}

(async () => {
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  for (const test of [testQuiet, testFigures, testTimeline, testVerdicts, testManners, testBig]) await test(browser);
  await browser.close();
  console.log(`1..${count}`);
  process.exitCode = failed ? 1 : 0;
})().catch((error) => {
  console.log(`not ok ${count + 1} - ${String(error).split("\n").join(" ")}\n1..${count + 1}`);
  process.exit(1);
});
