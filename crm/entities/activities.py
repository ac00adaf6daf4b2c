"""What is done about a record: notes with attachments, tasks, phone calls, e-mails and appointments."""

from datetime import datetime
from uuid import UUID, uuid4

from crm.attributes import (
    RequiredLevel,
    boolean,
    date_time,
    integer,
    key,
    lookup,
    memo,
    picklist,
    state,
    status,
    target_type,
    text,
)
from crm.entities.parts import READ_ONLY, Audited, Imported, Owned

LARGEST_TEXT = 1_073_741_823
REGARDING = ("lead", "account", "contact", "opportunity", "incident")


class Annotation(Audited, Owned, Imported):
    """A note, and the file attached to it. `documentbody` is the file in Base64, `filesize` its size in bytes."""

    logical_name = "annotation"
    entity_set = "annotations"
    schema_name = "Annotation"
    primary_id = "annotationid"
    primary_name = "subject"

    annotationid: UUID = key(uuid4)
    objectid: UUID | None = lookup(*REGARDING, "task", "phonecall", "email", "appointment", index=True)
    objectidtype: str | None = target_type()
    subject: str | None = text(500)
    notetext: str | None = memo(100_000)
    isdocument: bool = boolean(default=False)
    filename: str | None = text(255)
    mimetype: str | None = text(256)
    documentbody: str | None = memo(LARGEST_TEXT)
    filesize: int | None = integer(0, 10**9, **READ_ONLY)


class Activity(Audited, Owned, Imported):
    """What every activity has. `regardingobjectid` is the record that it is about."""

    activityid: UUID = key(uuid4)
    regardingobjectid: UUID | None = lookup(*REGARDING, index=True)
    regardingobjectidtype: str | None = target_type()
    subject: str | None = text(200, required=RequiredLevel.APPLICATION)
    description: str | None = memo()
    prioritycode: int | None = picklist("activityprioritycode", default=1)
    scheduledstart: datetime | None = date_time()
    scheduledend: datetime | None = date_time(index=True)
    actualstart: datetime | None = date_time()
    actualend: datetime | None = date_time()
    actualdurationminutes: int | None = integer(0)
    isbilled: bool = boolean(default=False)
    isworkflowcreated: bool = boolean(default=False)
    statecode: int = state("activity_statecode")


class Task(Activity):
    logical_name = "task"
    entity_set = "tasks"
    schema_name = "Task"
    primary_id = "activityid"
    primary_name = "subject"

    category: str | None = text(250)
    subcategory: str | None = text(250)
    percentcomplete: int | None = integer(0, 100)
    statuscode: int = status("task_statuscode", default=2)


class PhoneCall(Activity):
    """A call. `directioncode` true means that we called."""

    logical_name = "phonecall"
    entity_set = "phonecalls"
    schema_name = "PhoneCall"
    primary_id = "activityid"
    primary_name = "subject"

    phonenumber: str | None = text(200)
    directioncode: bool = boolean(default=True)
    leftvoicemail: bool = boolean(default=False)
    statuscode: int = status("phonecall_statuscode")


class Email(Activity):
    """An e-mail. `directioncode` true means that we sent it."""

    logical_name = "email"
    entity_set = "emails"
    schema_name = "Email"
    primary_id = "activityid"
    primary_name = "subject"

    subject: str | None = text(800)
    description: str | None = memo(LARGEST_TEXT)
    sender: str | None = text(250)
    torecipients: str | None = text(500)
    messageid: str | None = text(320, update=False, index=True)
    directioncode: bool = boolean(default=True)
    statuscode: int = status("email_statuscode")


class Appointment(Activity):
    logical_name = "appointment"
    entity_set = "appointments"
    schema_name = "Appointment"
    primary_id = "activityid"
    primary_name = "subject"

    location: str | None = text(200)
    isalldayevent: bool = boolean(default=False)
    statuscode: int = status("appointment_statuscode")
