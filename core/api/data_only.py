"""A second connection under a client id of its own: it carries history, and nothing that touches an order."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from dataclasses import replace

from core.api.assemble import new_ref
from core.cache import Cache
from core.connector import Connector
from core.desk import Desk
from core.domain.requests import (
    CancelOrder,
    Connect,
    Disconnect,
    GlobalCancel,
    PlaceOrder,
    PreviewOrder,
    WireRequest,
)
from core.settings import Settings
from core.tws.gateway import TwsGateway

log = logging.getLogger(__name__)

REFUSAL = "This connection is for data only: it carries no orders."


class DataOnlyGateway(TwsGateway):
    """The choke point: whatever a desk asks for, an order, a what-if or a cancel goes no further than here."""

    def perform(self, request: WireRequest | Connect | Disconnect) -> None:
        if isinstance(request, PlaceOrder | CancelOrder | GlobalCancel | PreviewOrder):
            log.error("%s on a connection for data only", type(request).__name__)
            self._unsent(request, REFUSAL)
        else:
            super().perform(request)


def assemble_data_only(
    settings: Settings, data_client_id: int, clock: Callable[[], float], cache: Cache | None
) -> Connector:
    """A connector whose desk is read-only and whose gateway takes no order; it keeps no journal, having nothing to say."""
    link = replace(settings.link, client_id=data_client_id, data_client_id=None, read_only=True)
    desk = Desk(
        link,
        settings.limits,
        settings.permissions,
        now_s=clock(),
        new_ref=new_ref,
        jitter=random.random,
    )
    return Connector(desk, DataOnlyGateway, None, clock, cache)
