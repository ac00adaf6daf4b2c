#!/bin/sh
# Creates the namespace and its search attributes. Safe to run again: what exists is left alone.
# Needs TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE, which the temporal program reads itself, and RETENTION (such as 720h).
# The attributes are those of workflows/search_attributes.py; a test compares them.
set -eu

temporal operator cluster health
if ! temporal operator namespace describe >/dev/null 2>&1; then
    temporal operator namespace create --retention "$RETENTION"
fi

# A namespace that was created a moment ago is not known to every part of the server yet: the job is then run again.
set --
for attribute in \
    LeadState=Keyword \
    LeadStage=Keyword \
    BusinessUnit=Keyword \
    ChannelPartner=Keyword \
    LeadSource=Keyword \
    LeadOwner=Keyword \
    RoutingRule=Keyword \
    RulesDigest=Keyword \
    SlaDue=Datetime \
    Unmatched=Bool; do
    set -- "$@" --name "${attribute%=*}" --type "${attribute#*=}"
done
temporal operator search-attribute create "$@"
