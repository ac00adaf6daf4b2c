"""Duplicate records: pairs of records that may be the same person or company."""

from uuid import UUID, uuid4

from crm.attributes import RequiredLevel, integer, key, lookup, target_type, text
from crm.entities.parts import Audited

MATCHED = ("lead", "account", "contact")


class DuplicateRecord(Audited):
    """That `duplicaterecordid` may be the same as `baserecordid`. `lf_matchedon` names the attributes that agree.

    `lf_similarity` (per cent) is for those that are only alike; it is empty where an address or a number is the same.
    """

    logical_name = "duplicaterecord"
    entity_set = "duplicaterecords"
    schema_name = "DuplicateRecord"
    primary_id = "duplicateid"
    primary_name = None
    alternate_keys = (("baserecordid", "duplicaterecordid"),)

    duplicateid: UUID = key(uuid4)
    baserecordid: UUID | None = lookup(*MATCHED, required=RequiredLevel.SYSTEM, update=False)
    baserecordidtype: str | None = target_type()
    duplicaterecordid: UUID | None = lookup(*MATCHED, required=RequiredLevel.SYSTEM, update=False, index=True)
    duplicaterecordidtype: str | None = target_type()
    lf_matchedon: str | None = text(200, update=False)
    lf_similarity: int | None = integer(0, 100, update=False)
