"""After the talk: the frozen record, signatures, refusal, lapse, revision, and the end."""

from huitan.conversations.actions.record.freezing import (
    close,
    freeze_record,
    read_record,
    revise,
    take_record,
)
from huitan.conversations.actions.record.signing import (
    PROOF_LASTS,
    SENTENCES,
    SIGNED_IN,
    Attempt,
    Shown,
    ground_to_witness,
    sign,
    witness_refusal,
)
from huitan.conversations.actions.record.waiting import lapse_signing, remind_signing, sides_to_sign

__all__ = [
    "PROOF_LASTS",
    "SENTENCES",
    "SIGNED_IN",
    "Attempt",
    "Shown",
    "close",
    "freeze_record",
    "ground_to_witness",
    "lapse_signing",
    "read_record",
    "remind_signing",
    "revise",
    "sides_to_sign",
    "sign",
    "take_record",
    "witness_refusal",
]
