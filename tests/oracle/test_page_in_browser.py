"""The HTML page of a simulation, laid out by a real browser."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import dagcheck
from dagcheck.simulation.formats import rendered
from tests.unit.simulation.sources import NOW, SEVERAL

ASK = """<script>
const shown = [...document.querySelectorAll("svg")].filter(svg => svg.getBoundingClientRect().width > 0);
document.title = "LAID OUT " + JSON.stringify({
  over: document.documentElement.scrollWidth - innerWidth, back: getComputedStyle(document.body).backgroundColor,
  pictures: shown.map(svg => svg.getAttribute("class")), letters: Math.min(...shown.map(svg => 11 * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width)),
});
</script>"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390])
def test_the_page_fits_the_screen_and_follows_the_colour_scheme(width: int, scheme: str, tmp_path: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no chromium")
    text = rendered(dagcheck.simulate(source=SEVERAL, now=NOW, airflow="3.3"), "html", lambda text, *styles: text, None)
    page = tmp_path / "page.html"
    page.write_text(text.replace("</body>", ASK + "</body>"), encoding="utf-8")
    blink = f"--blink-settings=preferredColorScheme={0 if scheme == 'dark' else 1}"
    options = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={tmp_path / 'profile'}",
        f"--window-size={width},1400",
        blink,
    ]
    run = subprocess.run([browser, *options, "--dump-dom", page.as_uri()], capture_output=True, text=True, timeout=120, check=True)
    found = re.search(r"<title>LAID OUT (.*?)</title>", run.stdout)
    assert found is not None, run.stderr
    told = found[1].replace("&quot;", '"')
    assert int(re.findall(r'"over":(-?\d+)', told)[0]) <= 0  # nothing sticks out sideways
    assert re.findall(r'"pictures":\["(\w+)","(\w+)"\]', told) == [("wide", "wide") if width > 640 else ("narrow", "narrow")]
    assert float(re.findall(r'"letters":([\d.]+)', told)[0]) > 9  # the labels can be read
    shade = max(int(part) for part in re.findall(r"\d+", re.findall(r'"back":"(.*?)"', told)[0])[:3])
    assert shade < 60 if scheme == "dark" else shade > 200
