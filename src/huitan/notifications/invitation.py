"""Talks and check-ins as calendar entries (RFC 5545, invitations after RFC 5546).

An entry says that there is a talk, when, where, and a link; never with what it deals. One talk is one UID for ever, and
every change has a higher SEQUENCE: the place in the talk's history of the event that last changed the appointment.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vCalAddress, vText, vUri

Method = Literal["REQUEST", "CANCEL", "PUBLISH"]


@dataclass(frozen=True)
class Person:
    name: str
    email: str


@dataclass(frozen=True)
class Appointment:
    """One talk as calendars know it. `changed_at` is when the appointment last changed."""

    talk_id: int
    starts_at: datetime
    minutes: int
    place: str
    employee: Person
    manager: Person
    sequence: int
    changed_at: datetime
    is_cancelled: bool = False


@dataclass(frozen=True)
class FollowUpDay:
    """A check-in, as an entry for the whole day."""

    check_in_id: int
    on: date
    employee: str
    changed_at: datetime


def invitation(appointment: Appointment, zone: str) -> tuple[str, Method]:
    """The text of an invitation, update or cancellation, and its method."""
    method: Method = "CANCEL" if appointment.is_cancelled else "REQUEST"
    calendar = _calendar(method)
    entry = _talk_entry(appointment, zone)
    organizer = vCalAddress(f"mailto:{appointment.manager.email or settings.DEFAULT_FROM_EMAIL}")
    organizer.params["CN"] = vText(appointment.manager.name)
    entry.add("organizer", organizer)
    for person, role in ((appointment.employee, "REQ-PARTICIPANT"), (appointment.manager, "CHAIR")):
        if person.email:
            guest = vCalAddress(f"mailto:{person.email}")
            guest.params["CN"] = vText(person.name)
            guest.params["ROLE"] = vText(role)
            guest.params["PARTSTAT"] = vText("NEEDS-ACTION" if role != "CHAIR" else "ACCEPTED")
            guest.params["RSVP"] = vText("FALSE")
            entry.add("attendee", guest, encode=False)
    calendar.add_component(entry)
    calendar.add_missing_timezones()
    return calendar.to_ical().decode(), method


def feed(talks: list[Appointment], check_ins: list[FollowUpDay], name: str, zone: str) -> str:
    """A whole calendar to subscribe to."""
    calendar = _calendar("PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", zone)
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    for appointment in talks:
        calendar.add_component(_talk_entry(appointment, zone))
    for check_in in check_ins:
        calendar.add_component(_check_in_entry(check_in))
    calendar.add_missing_timezones()
    return calendar.to_ical().decode()


def _calendar(method: Method) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//Huitan//Huitan//ZH")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    return calendar


def _talk_entry(appointment: Appointment, zone: str) -> Event:
    starts = appointment.starts_at.astimezone(ZoneInfo(zone))
    url = settings.HUITAN_URL + reverse("talk", args=[appointment.talk_id])
    entry = _entry(f"talk-{appointment.talk_id}", url, appointment.changed_at)
    entry.add("dtstart", starts)
    entry.add("dtend", starts + timedelta(minutes=appointment.minutes))
    entry.add("summary", _("一对一面谈"))
    if appointment.place:
        entry.add("location", appointment.place)
    entry.add("sequence", appointment.sequence)
    entry.add("status", "CANCELLED" if appointment.is_cancelled else "CONFIRMED")
    return entry


def _check_in_entry(check_in: FollowUpDay) -> Event:
    url = settings.HUITAN_URL + reverse("check-in", args=[check_in.check_in_id])
    entry = _entry(f"check-in-{check_in.check_in_id}", url, check_in.changed_at)
    entry.add("dtstart", check_in.on)
    entry.add("dtend", check_in.on + timedelta(days=1))
    entry.add("summary", _("跟进"))
    entry.add("transp", "TRANSPARENT")
    return entry


def _entry(key: str, url: str, changed_at: datetime) -> Event:
    entry = Event()
    entry.add("uid", f"{key}@{urlsplit(settings.HUITAN_URL).hostname}")
    entry.add("dtstamp", changed_at)
    entry.add("last-modified", changed_at)
    entry.add("class", "PRIVATE")
    entry.add("url", vUri(url))
    entry.add("description", url)
    return entry
