"""The vendor's own people: CSMs with their managers, account executives, an executive and an admin."""

import random
from dataclasses import dataclass

from bot.generator.files import Row
from bot.generator.life import Life
from bot.generator.names import PersonNames

VENDOR_DOMAIN = "harborline.example"

ZONES = {
    "americas": ("America/New_York", "America/Chicago", "America/Los_Angeles"),
    "emea": ("Europe/London", "Europe/Berlin", "Europe/Madrid"),
    "apac": ("Asia/Singapore", "Australia/Sydney"),
}
ACCOUNTS_A_CSM = 50
CSMS_A_MANAGER = 3
ACCOUNTS_AN_AE = 150


@dataclass(frozen=True)
class Member:
    """One of the team; ``region`` is where they work."""

    email: str
    name: str
    role: str
    manager_email: str | None
    slack_id: str
    timezone: str
    region: str

    def row(self) -> Row:
        return (self.email, self.name, self.role, self.manager_email, self.slack_id, self.timezone)


@dataclass(frozen=True)
class Team:
    """Everyone of the vendor who appears in people.csv."""

    members: tuple[Member, ...]

    def with_role(self, role: str) -> tuple[Member, ...]:
        return tuple(member for member in self.members if member.role == role)

    def assign(self, life: Life, dice: random.Random) -> tuple[Member, Member]:
        """The CSM and the account executive of an account, from its own region where the team has one."""
        csms = [csm for csm in self.with_role("csm") if csm.region == life.region] or self.with_role("csm")
        return dice.choice(csms), dice.choice(self.with_role("account_executive"))


def build_team(accounts: int, seed: int) -> Team:
    """A team for that many accounts: six CSMs, two managers, two AEs, an executive and an admin for 300."""
    dice = random.Random(f"{seed}/team")
    people = PersonNames()
    taken: set[str] = set()

    def new(role: str, region: str, manager: str | None, zone: int = 0) -> Member:
        name, local = people.draw(dice, region, taken)
        slack_id = "U0" + "".join(dice.choices("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", k=9))
        zones = ZONES[region]
        email = f"{local}@{VENDOR_DOMAIN}"
        return Member(email, name, role, manager, slack_id, zones[zone % len(zones)], region)

    csm_count = max(2, round(accounts / ACCOUNTS_A_CSM))
    executive = new("executive", "americas", None)
    managers = [
        new("manager", ("americas", "emea", "apac")[number % 3], executive.email)
        for number in range(-(-csm_count // CSMS_A_MANAGER))
    ]
    # Half of the CSMs in the Americas, a third in Europe, one of six in Asia: as the accounts are.
    regions = ("americas", "emea", "apac", "americas", "emea", "americas")
    csms = [
        new("csm", regions[number % 6], managers[number % len(managers)].email, number // 6 + number // 3)
        for number in range(csm_count)
    ]
    executives = [
        new("account_executive", ("americas", "emea", "apac")[number % 3], executive.email)
        for number in range(max(1, round(accounts / ACCOUNTS_AN_AE)))
    ]
    admin = new("admin", "emea", executive.email, 1)
    return Team((executive, *managers, *csms, *executives, admin))
