from huitan.conversations.models.conversation import (
    Attendee,
    Conversation,
    PrivateNote,
    TalkSection,
)
from huitan.conversations.models.pack import Contest, ManagerScore, Pack, PackOpening
from huitan.conversations.models.presence import Presence
from huitan.conversations.models.record import Record, RecordView, Refusal, Signature, SigningReminder
from huitan.conversations.models.slots import Slot, SlotOffer
from huitan.conversations.models.template import Template
from huitan.conversations.models.topic import Topic, TopicAction
from huitan.conversations.models.voice import Question, SelfScore, Survey
from huitan.conversations.models.wording import CompanyWord, Dismissal

__all__ = [
    "Attendee",
    "CompanyWord",
    "Contest",
    "Conversation",
    "Dismissal",
    "ManagerScore",
    "Pack",
    "PackOpening",
    "Presence",
    "PrivateNote",
    "Question",
    "Record",
    "RecordView",
    "Refusal",
    "SelfScore",
    "Signature",
    "SigningReminder",
    "Slot",
    "SlotOffer",
    "Survey",
    "TalkSection",
    "Template",
    "Topic",
    "TopicAction",
]
