"""Submit one lead from a program, and print who got it. Needs a running service: `make up`."""

import asyncio

from crm.requests import LeadSubmission
from leadflow.settings import load_settings
from leadflow.starter import Leads
from leadflow.temporal import connect


async def main() -> None:
    leads = Leads(await connect(load_settings()))
    lead = await leads.submit(
        LeadSubmission(
            source="website",
            external_id="44",
            business_unit="uk",
            lead={"lastname": "Boyd", "emailaddress1": "k.boyd@firm.example", "address1_country": "GB"},
        )
    )
    print(f"Lead {lead.leadid} is {lead.stage}. {lead.event}")
    # Temporal's client can crash when Python ends right after a call (temporalio/sdk-python#300).
    await asyncio.sleep(0.1)


asyncio.run(main())
