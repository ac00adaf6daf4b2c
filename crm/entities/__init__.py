"""The entities. `ENTITIES` lists every one by its logical name: tables, the Web API and the command line read it."""

from crm.entities.account import Account
from crm.entities.activities import Annotation, Appointment, Email, PhoneCall, Task
from crm.entities.base import Entity
from crm.entities.commerce import Campaign, TransactionCurrency
from crm.entities.contact import Contact
from crm.entities.duplicaterecord import DuplicateRecord
from crm.entities.incident import Incident
from crm.entities.lead import Lead
from crm.entities.links import AccountLeads, ContactLeads
from crm.entities.opportunity import Opportunity
from crm.entities.organisation import BusinessUnit, ChannelPartner, Queue, SystemUser, Team, TeamMembership
from crm.entities.routing import Assignment, RoutingDecision

__all__ = [
    "ENTITIES",
    "Account",
    "AccountLeads",
    "Annotation",
    "Appointment",
    "Assignment",
    "BusinessUnit",
    "Campaign",
    "ChannelPartner",
    "Contact",
    "ContactLeads",
    "DuplicateRecord",
    "Email",
    "Entity",
    "Incident",
    "Lead",
    "Opportunity",
    "PhoneCall",
    "Queue",
    "RoutingDecision",
    "SystemUser",
    "Task",
    "Team",
    "TeamMembership",
    "TransactionCurrency",
]

ENTITIES: dict[str, type[Entity]] = {
    "account": Account,
    "accountleads": AccountLeads,
    "annotation": Annotation,
    "appointment": Appointment,
    "businessunit": BusinessUnit,
    "campaign": Campaign,
    "contact": Contact,
    "contactleads": ContactLeads,
    "duplicaterecord": DuplicateRecord,
    "email": Email,
    "incident": Incident,
    "lead": Lead,
    "lf_assignment": Assignment,
    "lf_channelpartner": ChannelPartner,
    "lf_routingdecision": RoutingDecision,
    "opportunity": Opportunity,
    "phonecall": PhoneCall,
    "queue": Queue,
    "systemuser": SystemUser,
    "task": Task,
    "team": Team,
    "teammembership": TeamMembership,
    "transactioncurrency": TransactionCurrency,
}
