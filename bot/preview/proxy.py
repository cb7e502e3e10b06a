"""Single sign-on: a reverse proxy that is trusted names the account in a header. Off unless both settings are made.

IVY_PREVIEW_PROXY_HEADER is the header's name, IVY_PREVIEW_PROXY_FROM the addresses or networks it may come from.
From anywhere else the header is refused, not ignored: somebody is trying a door, or the proxy is set up wrongly."""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass
from typing import Optional

from starlette.requests import Request

from bot.preview.visit import Refusal
from bot.project import SettingError
from bot.records.accounts import Account, find_account

_HEADER = re.compile(r"[A-Za-z0-9-]+")  # a header with an underscore could be another one to the proxy


@dataclass(frozen=True)
class Proxy:
    """Which header names the account, and from which networks it is believed."""

    header: str = ""
    networks: tuple = ()

    def trusts(self, address: str) -> bool:
        try:
            found = ipaddress.ip_address(address)
        except ValueError:  # a socket file has no address
            return False
        return any(found in network for network in self.networks)


def read_proxy() -> Proxy:
    """The settings. Raises SettingError when one stands without the other or cannot be read."""
    header, places = os.environ.get("IVY_PREVIEW_PROXY_HEADER", ""), os.environ.get("IVY_PREVIEW_PROXY_FROM", "")
    if bool(header) != bool(places):
        raise SettingError("IVY_PREVIEW_PROXY_HEADER and IVY_PREVIEW_PROXY_FROM belong together; set both, or neither for no single sign-on")
    if header and not _HEADER.fullmatch(header):
        raise SettingError(f"IVY_PREVIEW_PROXY_HEADER is '{header}'; use letters, digits and hyphens, for example X-Remote-User")
    try:
        return Proxy(header, tuple(ipaddress.ip_network(place.strip()) for place in places.split(",") if place.strip()))
    except ValueError as error:
        raise SettingError(f"IVY_PREVIEW_PROXY_FROM cannot be read ({error}); write addresses or networks, for example 10.0.0.5, 10.1.0.0/16")


def account(request: Request) -> Optional[Account]:
    """The account that the trusted proxy names, or None when it names none.

    Raises Refusal for a header from elsewhere, more than one header, and a name without an account."""
    settings = request.app.state.site.proxy
    names = request.headers.getlist(settings.header) if settings.header else []
    if not names:
        return None
    if not settings.trusts(request.client.host if request.client else ""):
        raise Refusal(403, "Your address may not say who you are.", "Sign in here without the proxy's header, or ask whoever runs Ivy to check IVY_PREVIEW_PROXY_FROM.")
    if len(names) > 1:
        raise Refusal(403, "The request names more than one account.", "Ask whoever runs the proxy: it must replace the header that a browser sends.")
    found = find_account(request.app.state.site.engine, names[0])
    if not found or not found.active:
        raise Refusal(403, "You are known to the clinic's sign-on, but have no account here.", "Ask whoever runs Ivy to make one with the same name: ivy accounts add.")
    return found
