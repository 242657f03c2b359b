#!/usr/bin/env python3
# /// script
# requires-python = ">=3.10"
# dependencies = ["selenium>=4.30,<5", "axe-core-python>=0.1"]
# ///
"""The report in a browser: that it renders, sorts, searches and opens, alone and for everybody.

usage: scripts/browser.py [--newsfold NEWSFOLD] [--docs N] [--screenshots DIR]

Makes the reports of the sample, of a corpus of attacks, of two nights and of 10,000 events, and looks at them in headless
Chromium: no request but for the file itself, nothing on the console, no script from an article; rows in the order that
was asked for; what is sought is found; an event opens, by keyboard too, to its headlines and marked differences; no
wider than a phone; without its script it still names the largest; and axe-core finds no fault in either theme.
Chromium is installed with apt-get where it is missing and that is allowed; where no browser can be had, says so and ends
well. Times are shown and decide nothing. --screenshots keeps pictures of all at 400 and 1400 pixels, light and dark.
"""
import argparse, base64, json, os, shutil, subprocess, sys, tempfile, time
from pathlib import Path

import installed

SAMPLE = installed.ROOT / "tests" / "data" / "sample.jsonl"
LIST_LIMIT, PAGE_LIMIT = 10_000, 5 << 20
ATTACKS = [
    "</script><script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    "</title></style><svg onload=window.pwned=1>",
    "{{ 7*7 }} {% raw %} <!-- ${window.pwned=1}",
    "=HYPERLINK(\"http://evil.example\",\"x\"),@SUM(1)\t\"quoted\"",
    "\"}]}</script>\\\",\\u003cscript\\u003e",
    "\x1b[31mred\x1b]0;owned\x07 \u202ereversed\u2066",
    "javascript:window.pwned=1 ]]> &lt;b&gt; &#x3c;",
]


def browser():
    """A browser and its driver; none where they cannot be had."""
    def found():
        names = ("chromium", "chromium-browser", "google-chrome")
        return next(filter(None, map(shutil.which, names)), None), shutil.which("chromedriver")
    if not all(found()) and os.geteuid() == 0 and shutil.which("apt-get"):
        for command in (["update"], ["install", "-y", "--no-install-recommends", "chromium", "chromium-driver"]):
            subprocess.run(["apt-get", "-qq", *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return found() if all(found()) else None


class Page:
    """A report, opened."""

    def __init__(self, driver, path, width=1400):
        self.driver, self.path = driver, path
        self.resize(width)
        driver.get_log("performance"), driver.get_log("browser")
        start = time.perf_counter()
        driver.get(path.as_uri())
        self.seconds = time.perf_counter() - start

    def resize(self, width):
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)

    def cdp(self, name, **parameters):
        return self.driver.execute_cdp_cmd(name, parameters)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def all(self, selector):
        return self.driver.find_elements("css selector", selector)

    def rows(self, column):
        """A column of the list: 0 is the title."""
        return self.run("return [...document.querySelectorAll('#list tbody tr:not(.detail)')].map(row => "
                        "(row.cells[arguments[0]].querySelector('button, time') || row.cells[arguments[0]]).textContent)", column)

    def search(self, words):
        """Types into the search field, and waits for the list."""
        self.run("document.getElementById('found').textContent = ''")
        field = self.all("#query")[0]
        field.clear()
        field.send_keys(words or " ")
        for _ in range(200):
            if said := self.all("#found")[0].text:
                return said
            time.sleep(0.05)
        raise AssertionError(f"the search for {words!r} does not end")

    def alone(self):
        """Nothing asked for, nothing on the console, no script from an article."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        sent = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
        other = [url for url in sent if url.split("#")[0] != self.path.as_uri() and not url.startswith("data:")]
        assert not other, f"{self.path}: requests {other}"
        console = [entry["message"] for entry in self.driver.get_log("browser")]
        assert not console, f"{self.path}: on the console {console}"
        assert self.run("return window.pwned === undefined"), f"{self.path}: an article's script ran"
        assert self.run("return document.querySelectorAll('script').length") == 2, "two scripts: the data, and what shows it"
        foreign = "img, iframe, object, embed, base, form[action], [onerror], [onload], a:not([href^=\\'#\\'])"
        assert not self.run(f"return document.querySelectorAll('{foreign}').length"), f"{self.path}: foreign elements"

    def fits(self):
        for width in (320, 400, 1400):
            self.resize(width)
            wide = self.run("return document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth")
            assert wide <= 0, f"{self.path}: {wide} pixels too wide at {width}"

    def accessible(self, axe):
        for theme in ("light", "dark"):
            self.theme(theme)
            self.run(axe)
            found = self.driver.execute_async_script("axe.run().then(arguments[0])")
            faults = [f"{fault['id']}: {fault['help']}: {fault['nodes'][0]['html'][:200]}" for fault in found["violations"]]
            assert not faults, "\n".join([f"{self.path}, {theme}:", *faults])

    def theme(self, name):
        self.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def pictures(self, folder):
        for width in (400, 1400):
            self.resize(width)
            for theme in ("light", "dark"):
                self.theme(theme)
                size = self.cdp("Page.getLayoutMetrics")["cssContentSize"]
                clip = {"x": 0, "y": 0, "width": width, "height": min(size["height"], 6000), "scale": 1}
                shot = self.cdp("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
                (folder / f"{self.path.parent.name}-{width}-{theme}.png").write_bytes(base64.b64decode(shot["data"]))
        self.theme("light")


def sorts(page):
    """Every head sorts both ways, and says so."""
    number = lambda text: int(text.replace(",", ""))
    date = lambda text: time.strptime(text, "%d %b %Y")
    for column, read in ((1, number), (2, number), (3, number), (4, date), (5, date)):
        for way in ("descending", "ascending"):
            head = page.all("#list thead th")[column]
            page.run("arguments[0].querySelector('button').click()", head)
            if head.get_attribute("aria-sort") != way:
                page.run("arguments[0].querySelector('button').click()", head)
            assert head.get_attribute("aria-sort") == way and len(page.all("#list [aria-sort]")) == 1
            # An event of one day shows no last one: it is the first.
            first, values = page.rows(4), page.rows(column)
            read_values = [read(value or first[row]) for row, value in enumerate(values) if value or first[row]]
            assert read_values == sorted(read_values, reverse=way == "descending"), f"{page.path}: column {column}, {way}"
    page.run("document.querySelector('[data-key=size] button').click()")


def opens(page):
    """The first event opens by keyboard, and closes."""
    from selenium.webdriver.common.keys import Keys
    button = page.all("#list button.title")[0]
    button.send_keys(Keys.ENTER)
    assert button.get_attribute("aria-expanded") == "true"
    assert page.all(f"#{button.get_attribute('aria-controls')} .headlines > li"), f"{page.path}: no headlines"
    button.send_keys(Keys.SPACE)
    assert button.get_attribute("aria-expanded") == "false" and not page.all("#list .detail")


def compares(page):
    """All that is shown open, differences are marked."""
    page.run("document.querySelectorAll('#list button.title[aria-expanded=false]').forEach(button => button.click())")
    for _ in range(200):
        # What opens may hold what opens.
        page.run("document.querySelectorAll('details').forEach(one => one.open = true)")
        if page.all("ins") and page.all("del"):
            break
        time.sleep(0.05)
    assert page.all("ins") and page.all("del"), f"{page.path}: no difference is marked"


def without_script(page):
    page.cdp("Emulation.setScriptExecutionDisabled", value=True)
    page.driver.get(page.path.as_uri())
    assert page.all("noscript ol li") and not page.all("#listing")[0].is_displayed()
    page.cdp("Emulation.setScriptExecutionDisabled", value=False)
    page.driver.get(page.path.as_uri())


def attacks(path):
    with path.open("w") as file:
        for number, attack in enumerate(ATTACKS):
            prose = " ".join(f"story{number} word{place}" for place in range(60))
            for copy, word in enumerate(("early", "late")):
                row = {"id": f"{number}-{copy} {attack}", "title": f"{attack} title {number}", "source": f"outlet {copy} {attack}",
                       "text": f"{prose} {word} {attack}", "url": f"https://x.example/{number}",
                       "published": f"2024-03-0{number + 1}T1{copy}:00:00Z"}
                file.write(json.dumps(row) + "\n")


def reports(newsfold, work, docs):
    """The reports that are looked at, each in a folder of its own."""
    def make(*arguments):
        subprocess.run([newsfold, *arguments, "--quiet", "--max-reject-rate", "1"], check=True)
    make("run", SAMPLE, "--out", work / "sample")
    make("dedup", SAMPLE, "--out", work / "dedup")
    subprocess.run([newsfold, "audit", work / "sample"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    attacks(work / "attacks.jsonl")
    make("run", work / "attacks.jsonl", "--out", work / "attacks")
    lines = SAMPLE.read_bytes().splitlines(keepends=True)
    for night, part in (("2025-03-01", lines[::2]), ("2025-03-02", lines[1::2])):
        (work / "part.jsonl").write_bytes(b"".join(part))
        make("nightly", work / "part.jsonl", "--store", work / "store", "--night", night, "--out", work / "nightly")
    subprocess.run([newsfold, "synth", "--docs", str(docs), "--seed", "7", "--out", work / "many.jsonl"], check=True, stdout=subprocess.DEVNULL)
    make("run", work / "many.jsonl", "--out", work / "many")


def look(driver, work, axe, screenshots):
    for name in ("sample", "dedup", "attacks", "nightly", "many"):
        page = Page(driver, work / name / "report.html")
        listed = page.all("#found")[0].text
        assert listed and page.all("#list tbody tr"), f"{name}: nothing is listed"
        sorts(page)
        opens(page)
        if name in ("sample", "attacks", "many"):
            compares(page)
        if name == "sample":
            assert page.search("ANNICK ferry").startswith("1 of "), "one event is of the ferry"
            assert "ferry" in page.rows(0)[0].lower()
            assert page.search("demissionne").startswith("1 of "), "accents count for nothing"
            assert page.search("nowhere to be found").startswith("0 of ")
            page.search("")
        if name == "attacks":
            shown = page.run("return document.body.innerText")
            for attack in ATTACKS[:6]:
                assert " ".join(attack.split()) in " ".join(shown.split()), f"{attack!r} is not shown as it is written"
            assert not any(act in page.run("return document.documentElement.outerHTML") for act in "\x1b\x07\u202e\u2066")
        if name == "nightly":
            page.all("#filter option[value=on]")[0].click()
            assert page.all("#list .badge.on") and len(page.all("#list .badge")) == len(page.all("#list .badge.on"))
            page.all("#filter option[value=all]")[0].click()
        if name == "many":
            assert listed.startswith(f"{LIST_LIMIT:,} of "), listed
            assert page.path.stat().st_size < PAGE_LIMIT, f"{page.path.stat().st_size} bytes"
            clock = "const start = performance.now(); {}; return performance.now() - start"
            sorted_in = page.run(clock.format("document.querySelector('[data-key=first] button').click()"))
            print(f"  10,000 events: loaded in {page.seconds:.2f} s, sorted in {sorted_in:.0f} ms, {page.path.stat().st_size / (1 << 20):.1f} MiB")
            title = page.rows(0)[-1]
            assert page.search(title)[0] != "0" and title in page.rows(0), f"{title} is not found"
            page.search("")
            page.all("#again")[0].click()
            assert len(page.rows(0)) == 100, "one batch more"
        page.fits()
        page.alone()
        if axe and name != "many":
            page.accessible(axe)
        without_script(page)
        if screenshots:
            if name in ("sample", "nightly"):
                page.run("document.querySelectorAll('#list button.title').forEach((one, at) => at < 2 && one.click())")
                page.run("document.querySelectorAll('.copies details, .changed').forEach(one => one.open = true)")
            page.pictures(screenshots)
        print(f"  {name}: {listed}, alone and whole")


def main():
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--newsfold", help="the program")
    asked.add_argument("--docs", type=int, default=80_000, help="documents of the large report")
    asked.add_argument("--screenshots", type=Path, help="a folder for pictures")
    asked = asked.parse_args()
    try:
        installed.or_again(["selenium", "axe_core_python"], ["selenium>=4.30,<5", "axe-core-python>=0.1"])
    except (OSError, subprocess.CalledProcessError) as error:
        return print(f"skipped: what drives a browser cannot be installed ({error})")
    if not (programs := browser()):
        return print("skipped: no Chromium, and none can be installed")
    import axe_core_python
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    axe = next(Path(axe_core_python.__file__).parent.rglob("axe.min.js")).read_text()
    options = webdriver.ChromeOptions()
    options.binary_location = programs[0]
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    if asked.screenshots:
        asked.screenshots.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        reports(installed.newsfold(asked.newsfold), Path(work), asked.docs)
        driver = webdriver.Chrome(options=options, service=Service(programs[1]))
        try:
            driver.set_script_timeout(60)
            look(driver, Path(work), axe, asked.screenshots)
        finally:
            driver.quit()
    print("the report is whole in a browser")


if __name__ == "__main__":
    main()
