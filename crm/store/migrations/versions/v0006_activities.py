"""Notes, tasks, phone calls, e-mails and appointments."""

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Integer, PrimaryKeyConstraint, String, Text, Uuid

from crm.store.types import UtcDateTime

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "annotation",
        Column("annotationid", Uuid(), nullable=False),
        Column("overriddencreatedon", UtcDateTime()),
        Column("importsequencenumber", Integer()),
        Column("timezoneruleversionnumber", Integer()),
        Column("utcconversiontimezonecode", Integer()),
        Column("ownerid", Uuid()),
        Column("owneridtype", String(64)),
        Column("owninguser", Uuid()),
        Column("owningteam", Uuid()),
        Column("owningbusinessunit", Uuid()),
        Column("createdon", UtcDateTime()),
        Column("modifiedon", UtcDateTime()),
        Column("createdby", Uuid()),
        Column("modifiedby", Uuid()),
        Column("versionnumber", BigInteger()),
        Column("objectid", Uuid()),
        Column("objectidtype", String(64)),
        Column("subject", String(500)),
        Column("notetext", Text()),
        Column("isdocument", Boolean()),
        Column("filename", String(255)),
        Column("mimetype", String(256)),
        Column("documentbody", Text()),
        Column("filesize", Integer()),
        PrimaryKeyConstraint("annotationid", name="pk_annotation"),
    )
    op.create_index("ix_annotation_createdon", "annotation", ["createdon"])
    op.create_index("ix_annotation_objectid", "annotation", ["objectid"])
    op.create_index("ix_annotation_ownerid", "annotation", ["ownerid"])
    op.create_index("ix_annotation_owningbusinessunit", "annotation", ["owningbusinessunit"])
    op.create_table(
        "task",
        Column("activityid", Uuid(), nullable=False),
        Column("overriddencreatedon", UtcDateTime()),
        Column("importsequencenumber", Integer()),
        Column("timezoneruleversionnumber", Integer()),
        Column("utcconversiontimezonecode", Integer()),
        Column("ownerid", Uuid()),
        Column("owneridtype", String(64)),
        Column("owninguser", Uuid()),
        Column("owningteam", Uuid()),
        Column("owningbusinessunit", Uuid()),
        Column("createdon", UtcDateTime()),
        Column("modifiedon", UtcDateTime()),
        Column("createdby", Uuid()),
        Column("modifiedby", Uuid()),
        Column("versionnumber", BigInteger()),
        Column("regardingobjectid", Uuid()),
        Column("regardingobjectidtype", String(64)),
        Column("subject", String(200)),
        Column("description", String(2000)),
        Column("prioritycode", Integer()),
        Column("scheduledstart", UtcDateTime()),
        Column("scheduledend", UtcDateTime()),
        Column("actualstart", UtcDateTime()),
        Column("actualend", UtcDateTime()),
        Column("actualdurationminutes", Integer()),
        Column("isbilled", Boolean()),
        Column("isworkflowcreated", Boolean()),
        Column("statecode", Integer()),
        Column("category", String(250)),
        Column("subcategory", String(250)),
        Column("percentcomplete", Integer()),
        Column("statuscode", Integer()),
        PrimaryKeyConstraint("activityid", name="pk_task"),
    )
    op.create_index("ix_task_createdon", "task", ["createdon"])
    op.create_index("ix_task_ownerid_statecode", "task", ["ownerid", "statecode"])
    op.create_index("ix_task_owningbusinessunit", "task", ["owningbusinessunit"])
    op.create_index("ix_task_regardingobjectid", "task", ["regardingobjectid"])
    op.create_index("ix_task_scheduledend", "task", ["scheduledend"])
    op.create_index("ix_task_statecode", "task", ["statecode"])
    op.create_table(
        "phonecall",
        Column("activityid", Uuid(), nullable=False),
        Column("overriddencreatedon", UtcDateTime()),
        Column("importsequencenumber", Integer()),
        Column("timezoneruleversionnumber", Integer()),
        Column("utcconversiontimezonecode", Integer()),
        Column("ownerid", Uuid()),
        Column("owneridtype", String(64)),
        Column("owninguser", Uuid()),
        Column("owningteam", Uuid()),
        Column("owningbusinessunit", Uuid()),
        Column("createdon", UtcDateTime()),
        Column("modifiedon", UtcDateTime()),
        Column("createdby", Uuid()),
        Column("modifiedby", Uuid()),
        Column("versionnumber", BigInteger()),
        Column("regardingobjectid", Uuid()),
        Column("regardingobjectidtype", String(64)),
        Column("subject", String(200)),
        Column("description", String(2000)),
        Column("prioritycode", Integer()),
        Column("scheduledstart", UtcDateTime()),
        Column("scheduledend", UtcDateTime()),
        Column("actualstart", UtcDateTime()),
        Column("actualend", UtcDateTime()),
        Column("actualdurationminutes", Integer()),
        Column("isbilled", Boolean()),
        Column("isworkflowcreated", Boolean()),
        Column("statecode", Integer()),
        Column("phonenumber", String(200)),
        Column("directioncode", Boolean()),
        Column("leftvoicemail", Boolean()),
        Column("statuscode", Integer()),
        PrimaryKeyConstraint("activityid", name="pk_phonecall"),
    )
    op.create_index("ix_phonecall_createdon", "phonecall", ["createdon"])
    op.create_index("ix_phonecall_ownerid_statecode", "phonecall", ["ownerid", "statecode"])
    op.create_index("ix_phonecall_owningbusinessunit", "phonecall", ["owningbusinessunit"])
    op.create_index("ix_phonecall_regardingobjectid", "phonecall", ["regardingobjectid"])
    op.create_index("ix_phonecall_scheduledend", "phonecall", ["scheduledend"])
    op.create_index("ix_phonecall_statecode", "phonecall", ["statecode"])
    op.create_table(
        "email",
        Column("activityid", Uuid(), nullable=False),
        Column("overriddencreatedon", UtcDateTime()),
        Column("importsequencenumber", Integer()),
        Column("timezoneruleversionnumber", Integer()),
        Column("utcconversiontimezonecode", Integer()),
        Column("ownerid", Uuid()),
        Column("owneridtype", String(64)),
        Column("owninguser", Uuid()),
        Column("owningteam", Uuid()),
        Column("owningbusinessunit", Uuid()),
        Column("createdon", UtcDateTime()),
        Column("modifiedon", UtcDateTime()),
        Column("createdby", Uuid()),
        Column("modifiedby", Uuid()),
        Column("versionnumber", BigInteger()),
        Column("regardingobjectid", Uuid()),
        Column("regardingobjectidtype", String(64)),
        Column("subject", String(800)),
        Column("description", Text()),
        Column("prioritycode", Integer()),
        Column("scheduledstart", UtcDateTime()),
        Column("scheduledend", UtcDateTime()),
        Column("actualstart", UtcDateTime()),
        Column("actualend", UtcDateTime()),
        Column("actualdurationminutes", Integer()),
        Column("isbilled", Boolean()),
        Column("isworkflowcreated", Boolean()),
        Column("statecode", Integer()),
        Column("sender", String(250)),
        Column("torecipients", String(500)),
        Column("messageid", String(320)),
        Column("directioncode", Boolean()),
        Column("statuscode", Integer()),
        PrimaryKeyConstraint("activityid", name="pk_email"),
    )
    op.create_index("ix_email_createdon", "email", ["createdon"])
    op.create_index("ix_email_messageid", "email", ["messageid"])
    op.create_index("ix_email_ownerid_statecode", "email", ["ownerid", "statecode"])
    op.create_index("ix_email_owningbusinessunit", "email", ["owningbusinessunit"])
    op.create_index("ix_email_regardingobjectid", "email", ["regardingobjectid"])
    op.create_index("ix_email_scheduledend", "email", ["scheduledend"])
    op.create_index("ix_email_statecode", "email", ["statecode"])
    op.create_table(
        "appointment",
        Column("activityid", Uuid(), nullable=False),
        Column("overriddencreatedon", UtcDateTime()),
        Column("importsequencenumber", Integer()),
        Column("timezoneruleversionnumber", Integer()),
        Column("utcconversiontimezonecode", Integer()),
        Column("ownerid", Uuid()),
        Column("owneridtype", String(64)),
        Column("owninguser", Uuid()),
        Column("owningteam", Uuid()),
        Column("owningbusinessunit", Uuid()),
        Column("createdon", UtcDateTime()),
        Column("modifiedon", UtcDateTime()),
        Column("createdby", Uuid()),
        Column("modifiedby", Uuid()),
        Column("versionnumber", BigInteger()),
        Column("regardingobjectid", Uuid()),
        Column("regardingobjectidtype", String(64)),
        Column("subject", String(200)),
        Column("description", String(2000)),
        Column("prioritycode", Integer()),
        Column("scheduledstart", UtcDateTime()),
        Column("scheduledend", UtcDateTime()),
        Column("actualstart", UtcDateTime()),
        Column("actualend", UtcDateTime()),
        Column("actualdurationminutes", Integer()),
        Column("isbilled", Boolean()),
        Column("isworkflowcreated", Boolean()),
        Column("statecode", Integer()),
        Column("location", String(200)),
        Column("isalldayevent", Boolean()),
        Column("statuscode", Integer()),
        PrimaryKeyConstraint("activityid", name="pk_appointment"),
    )
    op.create_index("ix_appointment_createdon", "appointment", ["createdon"])
    op.create_index("ix_appointment_ownerid_statecode", "appointment", ["ownerid", "statecode"])
    op.create_index("ix_appointment_owningbusinessunit", "appointment", ["owningbusinessunit"])
    op.create_index("ix_appointment_regardingobjectid", "appointment", ["regardingobjectid"])
    op.create_index("ix_appointment_scheduledend", "appointment", ["scheduledend"])
    op.create_index("ix_appointment_statecode", "appointment", ["statecode"])
