"""leadflow leads: submit and import, list and show, and everything that people do with a lead."""

from leadflow.cli.lazy import LazyCommand, group

INTAKE = "leadflow.cli.leads_intake"
READING = "leadflow.cli.leads_reading"
REQUESTS = "leadflow.cli.leads_requests"

leads = group(
    "leads",
    "Bring leads in, look at them, and work on them.",
    LazyCommand("submit", f"{INTAKE}:submit", "Submit one lead, and print where it went and why."),
    LazyCommand("import", f"{INTAKE}:import_file", "Import a file of leads. Importing it again changes nothing."),
    LazyCommand("list", f"{READING}:list_leads", "List leads, newest first."),
    LazyCommand(
        "show",
        f"{READING}:show",
        "Tell the story of one lead: where it is, who owns it, why, by when, and what happened.",
    ),
    LazyCommand(
        "quarantine",
        "leadflow.cli.leads_quarantine:list_or_show",
        "List the leads in quarantine, those first that wait longest; or show what came in of one.",
    ),
    LazyCommand("accept", f"{REQUESTS}:accept", "Take a lead as its owner."),
    LazyCommand("decline", f"{REQUESTS}:decline", "Give a lead back; the rules choose somebody else."),
    LazyCommand("assign", f"{REQUESTS}:assign", "Give a lead to a user, team or queue by hand."),
    LazyCommand("reroute", f"{REQUESTS}:reroute", "Route a lead again, by the rules as they are now."),
    LazyCommand("edit", f"{REQUESTS}:edit", "Change attributes; corrects a quarantined lead and releases it."),
    LazyCommand("merge", f"{REQUESTS}:merge", "Merge a lead into another one of the same person, and close it."),
    LazyCommand("log", f"{REQUESTS}:log", "Record a communication; our first one makes the lead Contacted."),
    LazyCommand("note", f"{REQUESTS}:note", "Add a note, with or without an attachment."),
    LazyCommand(
        "qualify",
        f"{REQUESTS}:qualify",
        "Turn a lead into an account, a contact and an opportunity (Dataverse's QualifyLead).",
    ),
    LazyCommand("disqualify", f"{REQUESTS}:disqualify", "Close a lead without a sale; it is kept for reporting."),
    LazyCommand("reactivate", f"{REQUESTS}:reactivate", "Open a closed lead again."),
    LazyCommand("delete", f"{REQUESTS}:delete", "Delete a lead with all that hangs on it."),
)
