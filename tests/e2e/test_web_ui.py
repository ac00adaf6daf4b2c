"""What an on-call engineer sees in the Temporal Web UI, in a real browser. Chromium: `apt-get install chromium`."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.service import Service, run

CHROMIUM = shutil.which("chromium")
# No sandbox as root; no background traffic on a machine that may have no network.
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
PATIENCE = 30_000

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1500, "height": 1300})
    page.set_default_timeout(PATIENCE)
    yield page
    page.close()


def submit(service: Service, *pairs: str) -> dict[str, str]:
    options = ("--business-unit", "dach", "--source", "browser", "--format", "json")
    answer: dict[str, str] = run("leadflow", "leads", "submit", *pairs, *options, env=service.env).json()
    return answer


def open_run(page: Page, service: Service, lead: dict[str, str]) -> None:
    page.goto(f"{service.server.ui_url}/namespaces/default/workflows/{lead['workflow_id']}")


def test_the_run_says_who_owns_the_lead_and_why(page: Page, service: Service) -> None:
    lead = submit(service, "lastname=Thorn", "address1_country=DE", "numberofemployees=900", "jobtitle=CFO")
    open_run(page, service, lead)
    expect(page.get_by_text("SLA: accept by", exact=False).first).to_be_visible(timeout=PATIENCE)
    page.get_by_text("User Metadata", exact=True).click()
    summary, details = page.frame_locator("iframe").nth(0), page.frame_locator("iframe").nth(1)
    expect(summary.get_by_text("Lead from browser for dach")).to_be_visible(timeout=PATIENCE)
    expect(details.get_by_role("heading", name="Assigned, owned by")).to_be_visible(timeout=PATIENCE)
    expect(details.get_by_text("Large accounts go to the enterprise desk").first).to_be_visible()
    page.get_by_text("Search Attributes", exact=True).first.click()
    values = page.get_by_role("textbox", name="Search Attributes")
    expect(values).to_contain_text('"RoutingRule": "dach-enterprise"', timeout=PATIENCE)


def test_a_quarantined_lead_says_what_to_correct(page: Page, service: Service) -> None:
    lead = submit(service, "lastname=Ash", "emailaddress1=nope")
    open_run(page, service, lead)
    page.get_by_text("User Metadata", exact=True).click()
    details = page.frame_locator("iframe").nth(1)
    expect(details.get_by_role("heading", name="Quarantined")).to_be_visible(timeout=PATIENCE)
    expect(details.get_by_text("emailaddress1 is not an e-mail address").first).to_be_visible()
