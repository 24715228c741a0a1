"""The modals people have open: one stack a person, at most three high."""

from playground.server.errors import SlackError
from playground.server.kinds import Json
from playground.server.state import View

HIGHEST = 3


class Modals:
    """Stacks of open views, top last. They do not outlive the server."""

    def __init__(self) -> None:
        self.stacks: dict[str, list[View]] = {}

    def stack(self, user: str) -> list[View]:
        """Returns the person's open views, top last."""
        return self.stacks.setdefault(user, [])

    def top(self, user: str) -> View | None:
        """Returns the view the person sees."""
        stack = self.stack(user)
        return stack[-1] if stack else None

    def find(self, view_id: str) -> View | None:
        """Returns the open view of this id."""
        return next((v for stack in self.stacks.values() for v in stack if v.id == view_id), None)

    def find_external(self, app: str, external_id: str) -> View | None:
        """Returns the app's open view of this external_id."""
        views = (v for stack in self.stacks.values() for v in stack if v.app_id == app)
        return next((v for v in views if external_id and v.body.get("external_id") == external_id), None)

    def open(self, view: View) -> None:
        """Starts a new stack with `view`; what the person had open goes."""
        self.stacks[view.user] = [view]

    def push(self, view: View) -> None:
        """Puts `view` on the person's stack; raises push_limit_reached on a fourth."""
        stack = self.stack(view.user)
        if len(stack) >= HIGHEST:
            raise SlackError("push_limit_reached")
        if stack:
            view.root_view_id, view.previous_view_id = stack[0].id, stack[-1].id
        stack.append(view)

    def close(self, view: View) -> View | None:
        """Takes `view` off its stack and returns the one now on top."""
        stack = self.stack(view.user)
        if view in stack:
            stack.remove(view)
        return self.top(view.user)

    def clear(self, user: str) -> list[View]:
        """Closes all of the person's views and returns them, top first."""
        return list(reversed(self.stacks.pop(user, [])))


def keep_values(view: View, values: Json) -> None:
    """Replaces the view's input values by those the person's page sent."""
    view.values = values
