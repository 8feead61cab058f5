"""Practising on the embedded gateway: a wish of the window's becomes commands on the control channel."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from core.errors import IBKRError
from core.spawn import spawn
from gui.app.embedded import Embedded
from gui.widgets.practice_words import BY_NAME, CALM, MEND, OUTAGE, OUTAGE_S

Say = Callable[[str, str], None]


class Practice:
    """One exercise at a time. `show` is told which one is on ("" for none), `say` what could not be done."""

    def __init__(
        self, embedded: Embedded, show: Callable[[str], None], say: Say, retry: Callable[[], None]
    ) -> None:
        """`retry` makes the desk look at once whether the gateway is back."""
        self._embedded = embedded
        self._show = show
        self._say = say
        self._retry = retry
        self._one_at_a_time = asyncio.Lock()
        self._playing = ""
        self._mending: asyncio.TimerHandle | None = None

    def ask(self, name: str) -> None:
        """Begin the exercise called `name`; MEND ends an outage, CALM whatever is on."""
        spawn(self._begin(name), f"practise {name}")

    async def look(self) -> None:
        """Show what is on at a gateway that has just been started: the command line may have asked for it."""
        self.close()
        try:
            scenario = (await self._embedded.controls.going()).scenario
        except IBKRError:
            return
        self._playing = scenario if scenario in BY_NAME else ""
        self._show(self._playing)

    def close(self) -> None:
        """Forget an outage that was to be mended."""
        if self._mending is not None:
            self._mending.cancel()
            self._mending = None

    async def _begin(self, name: str) -> None:
        async with self._one_at_a_time:
            try:
                if name == OUTAGE:
                    await self._cut()
                else:
                    await self._mend()
                if name not in (OUTAGE, MEND):
                    await self._play(name)
            except IBKRError as fault:
                self._say("error", str(fault))

    async def _play(self, name: str) -> None:
        await self._embedded.controls.play(name)
        self._playing = "" if name == CALM else name
        self._show(self._playing)

    async def _cut(self) -> None:
        """New connections are refused and the present ones end, until it is mended."""
        controls = self._embedded.controls
        await controls.switch_on("refuse")
        # Before anything else can go wrong: nobody is refused for ever.
        self.close()
        self._mending = asyncio.get_running_loop().call_later(OUTAGE_S, self.ask, MEND)
        self._show(OUTAGE)
        await controls.drop()

    async def _mend(self) -> None:
        if self._mending is None:
            return
        await self._embedded.controls.switch_off("refuse")
        self.close()
        self._show(self._playing)
        self._retry()
