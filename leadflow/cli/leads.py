"""leadflow leads: submit and import, list and show, and everything that people do with a lead."""

import typer

from leadflow.cli import leads_intake, leads_reading, leads_requests

app = typer.Typer(help="Bring leads in, look at them, and work on them.", no_args_is_help=True)

app.command("submit")(leads_intake.submit)
app.command("import")(leads_intake.import_file)
app.command("list")(leads_reading.list_leads)
app.command("show")(leads_reading.show)
app.command("accept")(leads_requests.accept)
app.command("decline")(leads_requests.decline)
app.command("assign")(leads_requests.assign)
app.command("reroute")(leads_requests.reroute)
app.command("edit")(leads_requests.edit)
app.command("log")(leads_requests.log)
app.command("note")(leads_requests.note)
app.command("qualify")(leads_requests.qualify)
app.command("disqualify")(leads_requests.disqualify)
app.command("reactivate")(leads_requests.reactivate)
