"""The insurance form as a visitor fills it in, page by page, through the test client."""

from typing import Any

from django.test import Client

from admissions import drafts
from admissions.enums import DraftKind
from admissions.models import Draft, StatusAccess
from tests.factories import insurance_step, new_key

FIRST = "/admissions/insurance/"
STEPS = ("who", "reach", "coverage", "subscriber", "photos", "check")


class Wizard:
    """One visitor's draft. `begin` sends the first page; every answer is the response itself."""

    def __init__(self, client: Client, token: str = "") -> None:
        self.client, self.token = client, token

    def begin(self, **changes: Any) -> Any:
        response = self.client.post(FIRST, insurance_step("who", **changes))
        if response.status_code == 302:
            self.token = response["Location"].removeprefix(FIRST).strip("/")
        return response

    def goes_on_from(self, access: StatusAccess) -> "Wizard":
        """Begin a draft that continues what was sent before."""
        _draft, self.token = drafts.begin(kind=DraftKind.INSURANCE, access=access)
        return self

    def url(self, step: str) -> str:
        return f"{FIRST}{self.token}/{step}/"

    def open(self, step: str) -> Any:
        return self.client.get(self.url(step))

    def post(self, step: str, **changes: Any) -> Any:
        return self.client.post(self.url(step), insurance_step(step, **changes))

    def until(self, last: str, **answers: dict[str, Any]) -> "Wizard":
        """Send every page before `last`; `answers` are changes by step."""
        if not self.token:
            assert self.begin(**answers.get("who", {})).status_code == 302
        for step in STEPS[: STEPS.index(last)]:
            changes = answers.get(step, {})
            if self.draft.access_id is not None:
                if step == "reach":
                    continue
                if step == "who":
                    changes = {"role": None, **changes}
            response = self.post(step, **changes)
            assert response.status_code == 302, (step, fault_in(response))
        return self

    def send(self, **changes: Any) -> Any:
        return self.post("check", idempotency_key=new_key(), **changes)

    @property
    def draft(self) -> Draft:
        found = drafts.find(DraftKind.INSURANCE, self.token)
        assert found is not None
        return found


def fault_in(response: Any) -> Any:
    """Return what a page says is to be mended."""
    return response.context["form"].errors if response.context else response.status_code
