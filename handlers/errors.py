"""The guard around every listener: what it needs goes in, and nothing that fails goes unanswered."""

import inspect
import uuid
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import structlog
from slack_bolt.kwargs_injection.args import Args

from blocks.notices import build_notice_modal
from blocks.text import sentence
from bot.delivery import DuplicateDelivery
from bot.errors import UserError
from handlers.desk import Desk, NotIntroduced
from handlers.entries import WrongEntry
from handlers.introductions import Introductions

log = structlog.get_logger(__name__)

Listener = Callable[..., None]

_APOLOGY = (
    "Something went wrong on my side, and nothing was changed. Try again in a minute; if it fails again, "
    "give your admin the reference {reference}."
)


@dataclass(frozen=True)
class Call:
    """One request and how it is answered. ``ack`` and ``respond`` take what Bolt's own take."""

    listener: Listener
    args: Args
    desk: Desk
    ack: Callable[..., Any]
    respond: Callable[..., Any]
    publish: Callable[..., Any]
    #: Slack has its answer already: what is said now has to find another way.
    late: bool = False

    def run(self) -> None:
        """Call the listener with what its parameters name."""
        own = {"desk": self.desk, "ack": self.ack, "respond": self.respond, "publish": self.publish}
        wanted = inspect.getfullargspec(self.listener).args
        self.listener(**{name: own[name] if name in own else getattr(self.args, name) for name in wanted})

    def tell(self, text: str, field: str | None = None) -> None:
        """Say a sentence to the one who asked, and to nobody else, in the way this request allows.

        In a form it is said at the entry ``field``; where there is none, it takes the form's place.
        """
        body = self.args.body
        if body.get("type") == "view_submission" and not self.late:
            if field is not None:
                self.ack(response_action="errors", errors={field: text})
            else:
                self.ack(response_action="update", view=build_notice_modal(text))
        elif "command" in body:
            self.ack(text=sentence(text), response_type="ephemeral")
        elif body.get("response_url"):
            self.respond(text=sentence(text), response_type="ephemeral", replace_original=False)
        elif body.get("trigger_id"):
            self.args.client.views_open(trigger_id=body["trigger_id"], view=build_notice_modal(text))


class Guard:
    """Makes a plain function into a listener.

    The function names what it needs: any of Bolt's arguments, and ``desk``. Its ``respond`` and ``publish``
    (of a Home tab) send later, so that Slack's three seconds do not run while Slack itself is being waited
    for. A UserError becomes a private sentence, a WrongEntry one at its entry; any other error an apology
    with a reference that the log has too.

    Someone seen for the first time is looked up at Slack: the listener runs once more afterwards, and what
    it would have acknowledged with goes to the response_url.
    """

    def __init__(self, later: Executor) -> None:
        self._later = later
        self._introductions = Introductions()

    def __call__(self, listener: Listener) -> Listener:
        def guarded(args: Args) -> None:
            self._run(self._call(listener, args), self._introduce_later)
            if args.ack.response is None:
                args.ack()

        guarded.__name__ = listener.__name__
        return guarded

    def _run(self, call: Call, when_unknown: Callable[[Call], None]) -> None:
        name = call.listener.__name__
        try:
            call.run()
        except NotIntroduced:
            when_unknown(call)
        except DuplicateDelivery:
            log.info("slack.duplicate", listener=name)
        except UserError as error:
            log.info("slack.refused", listener=name, kind=type(error).__name__)
            _tell(call, str(error), error.field if isinstance(error, WrongEntry) else None)
        except Exception as error:
            reference = uuid.uuid4().hex[:8]
            log.error("slack.failed", listener=name, reference=reference, exc_info=error)
            _tell(call, _APOLOGY.format(reference=reference))

    def _call(self, listener: Listener, args: Args, late_ack: Callable[..., Any] | None = None) -> Call:
        context = args.context
        desk = Desk(
            sessions=context["sessions"],
            now=context["now"],
            team=context["team"],
            models=context["models"],
            names=context["names"],
            rules=context["rules"],
            introductions=self._introductions,
            slack_id=str(context.user_id),
        )
        respond, publish = self._do_later(_send, args), self._do_later(_publish, args)
        return Call(listener, args, desk, late_ack or args.ack, respond, publish, late=late_ack is not None)

    def _do_later(self, send: Callable[[Args, dict[str, Any]], None], args: Args) -> Callable[..., None]:
        def submit(**message: Any) -> None:
            self._later.submit(send, args, message)

        return submit

    def _introduce_later(self, call: Call) -> None:
        self._later.submit(self._introduce, call)

    def _introduce(self, call: Call) -> None:
        """Ask Slack who this is, then run the listener again with its answer going to the response_url."""
        self._introductions.introduce(call.args.client, call.desk.slack_id)

        def acknowledge(**message: Any) -> None:
            # A form has closed by now; only messages can still be sent.
            if "text" in message:
                _send(call.args, message)

        self._run(self._call(call.listener, call.args, acknowledge), _give_up)


def _send(args: Args, message: dict[str, Any]) -> None:
    """Send to the response_url. A failure is logged: there is nobody left to tell."""
    try:
        answer = args.respond(**message)
        if answer.status_code != 200:
            log.warning("slack.respond_refused", status=answer.status_code, answer=answer.body[:200])
    except Exception as error:
        log.error("slack.respond_failed", exc_info=error)


def _publish(args: Args, page: dict[str, Any]) -> None:
    """Publish a Home tab. A failure is logged: it is drawn again when it is opened the next time."""
    try:
        args.client.views_publish(**page)
    except Exception as error:
        log.error("slack.publish_failed", exc_info=error)


def _tell(call: Call, text: str, field: str | None = None) -> None:
    """Say it if that can be done: an expired trigger must not turn a sentence into a failed request."""
    try:
        call.tell(text, field)
    except Exception as error:
        log.error("slack.not_told", listener=call.listener.__name__, exc_info=error)


def _give_up(call: Call) -> None:
    log.error("slack.not_introduced", listener=call.listener.__name__, user=call.desk.slack_id)
