"""Relationships of Dataverse whose other end is an entity that leadflow has not: they stand in the metadata only.

What the entity reference of ContactLeads lists (Microsoft, 2017). No record is ever at the other end, so nothing
cascades and no path leads there.
"""

from crm.relationships import CascadeConfiguration, ManyToOne

_NO, _CASCADE = "NoCascade", "Cascade"
_NOTHING = CascadeConfiguration(delete=_NO)
_DELETE = CascadeConfiguration(delete=_CASCADE)
_ALL_BUT_MERGE = CascadeConfiguration(
    assign=_CASCADE, delete=_CASCADE, reparent=_CASCADE, share=_CASCADE, unshare=_CASCADE
)


def _of_contactleads(name: str, referencing: str, attribute: str, cascade: CascadeConfiguration) -> ManyToOne:
    schema_name = f"contactleads_{name}"
    return ManyToOne(
        schema_name, referencing, attribute, "contactleads", f"{attribute}_contactleads", schema_name, cascade
    )


ELSEWHERE = (
    _of_contactleads("AsyncOperations", "asyncoperation", "regardingobjectid", _NOTHING),
    _of_contactleads("MailboxTrackingFolders", "mailboxtrackingfolder", "regardingobjectid", _ALL_BUT_MERGE),
    _of_contactleads("UserEntityInstanceDatas", "userentityinstancedata", "objectid", _DELETE),
    _of_contactleads("BulkDeleteFailures", "bulkdeletefailure", "regardingobjectid", _DELETE),
    _of_contactleads("PrincipalObjectAttributeAccesses", "principalobjectattributeaccess", "objectid", _DELETE),
)
