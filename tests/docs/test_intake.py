"""What docs/intake.md shows: the file of sources, requests that are answered as the page says, and the form in a
browser."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Route, sync_playwright

from leadflow.api.files import ApiFiles
from leadflow.intake.web.config import SourceConfig
from tests.docs.test_docs import blocks, first_cells, text_of
from tests.e2e.test_web_ui import CHROMIUM, OPTIONS
from tests.service import BIN, EXAMPLES, Service, run, wait_for

PAGE = re.sub(r"^   ", "", text_of("docs/intake.md"), flags=re.MULTILINE)
API = "http://127.0.0.1:8000"
FORM = EXAMPLES / "web-form"
SITE = "http://localhost:8080"


@pytest.fixture(scope="module")
def origin(service: Service) -> str:
    found = ApiFiles.of(service.state).origin()
    assert found is not None
    return found


def shell(text: str, service: Service, origin: str, **more: str) -> Any:
    env = {**service.env, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "NO_PROXY": "127.0.0.1", **more}
    command = ["bash", "-euc", text.replace(API, origin)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=True)
    return json.loads(done.stdout)


def test_the_file_is_the_example_and_every_key_is_explained() -> None:
    example = (EXAMPLES / "intake.yaml").read_text(encoding="utf-8")
    assert yaml.safe_load(blocks(PAGE, "yaml")[0]) == yaml.safe_load(example)
    explained = {name for cell in first_cells(PAGE) for name in re.findall(r"[a-z_]+", cell)}
    assert set(SourceConfig.model_fields) <= explained


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_the_requests_are_answered_as_shown(service: Service, origin: str) -> None:
    send, ask, sign, wrong, _ = blocks(PAGE, "sh")
    taken, refused = (json.loads(text) for text in blocks(PAGE, "json"))
    first = shell(send, service, origin)
    assert first.keys() == taken.keys() and first == shell(send, service, origin)
    standing = wait_for(lambda: (told := shell(ask, service, origin, LEAD=first["leadid"]))["stage"] != "received"
        and told, "the lead to be stored")  # fmt: skip
    assert (standing["stage"], standing["external_id"]) == ("assigned", "order-4711")
    assert shell(sign, service, origin)["status"].startswith(f"{origin}/intake/contoso/")
    assert shell(wrong, service, origin) == refused


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium")
def test_a_browser_sends_the_form(service: Service, origin: str) -> None:
    def page_of(route: Route) -> None:
        name = Path(route.request.url.removeprefix(SITE)).name or "index.html"
        text = (FORM / name).read_text(encoding="utf-8").replace(API, origin)
        route.fulfill(body=text, content_type="text/html")

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        page = browser.new_page()
        page.route(f"{SITE}/**", page_of)
        page.goto(f"{SITE}/")
        page.get_by_label("Last name").fill("Formsender")
        page.get_by_label("E-mail").fill("form@sender.example")
        page.get_by_role("button").click()
        page.wait_for_url(f"{SITE}/thanks.html")
        browser.close()

    def stored() -> Any:
        listed = run(
            "leadflow", "leads", "list", "--source", "contact-form", "--format", "json", env=service.env
        ).json()
        return [lead for lead in listed if lead["name"] == "Formsender"]

    assert wait_for(stored, "the lead of the form")[0]["business_unit"] == "uk"
