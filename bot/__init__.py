"""Ivy: reviewed answers about IVIG, with a safety net that survives its own bot.

safety         does this message describe a warning sign, now, about a real person?   (no Rasa)
library        content/ -> answers: reading, checking, approving, rendering           (no Rasa)
understanding  spelling, sentence encoders, which topic is meant                      (no Rasa)
records        what is kept: approvals, escalations, the database                     (no Rasa)
release        model and content as one signed file, verified before it is loaded     (no Rasa)
rasa           thin adapters: graph components, NLG, policy, guard, server
channels       how messages arrive and leave
"""
