#!/usr/bin/env python3
"""The story of a payment and of an hour on the clock, over the REST endpoint, with the standard library only.

Start a server with `make run`, then:  python3 clients/python-rest-example/demo.py [http://127.0.0.1:8080]
"""

import json
import sys
import time
import urllib.error
import urllib.request
import uuid

# What the development profile knows; elsewhere use the key_code that CreateMaster answers with.
ACQUIRE_KEY = "EWSC-Master-Key-Code"
# Kinds of failure that pass: the same request may be sent again, with the same request id.
PASSING = {"STORAGE_UNAVAILABLE", "TRANSACTION_CONTENTION", "OVERLOADED", "SERVER_DRAINING", "DEADLINE_EXCEEDED"}


class Refused(Exception):
    """An instruction that was answered with a failure. `reason` is for programs, the text for people."""

    def __init__(self, answer):
        super().__init__(answer.get("warning") or answer.get("error"))
        self.reason = answer["details"]


class Client:
    """A client program with its session."""

    def __init__(self, url):
        self.url = f"{url}/ewallet/instruction-set"
        self.tokens = {}
        self.tokens["client_id"] = self.act("request", "client_id")["client_id"]
        self.tokens["session_token"] = self.act("request", "session_token")["session_token"]

    def act(self, action, *chain, controller="client", **arguments):
        """Executes an instruction. The chain follows the action: act("view", "credit", "clock")."""
        instruction = {"controller": controller, "ctype": "action", "action": action}
        key = action
        for value in chain:
            instruction[key] = key = value
        # Made before the first attempt and kept for every other: a write happens once, however often it is sent.
        instruction["request_id"] = str(uuid.uuid4())
        return self.execute({**self.tokens, **instruction, **arguments})

    def execute(self, instruction, attempts=5):
        """Sends an instruction until there is an answer that lasts."""
        for attempt in range(attempts):
            try:
                answer = self.post(instruction)
            except (urllib.error.URLError, TimeoutError):
                if attempt + 1 == attempts:
                    raise
            else:
                if not answer["failed"]:
                    return answer
                if answer["details"] not in PASSING or attempt + 1 == attempts:
                    raise Refused(answer)
            time.sleep(0.1 * 2**attempt)

    def post(self, instruction):
        body = json.dumps(instruction).encode()
        request = urllib.request.Request(self.url, body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=15) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            # What HTTP itself speaks against has the shape of every failure.
            return json.load(error)


def tell(text):
    print(text, flush=True)


def main(url):
    run = uuid.uuid4().hex[:8]
    password = f"Demo-{run}-1!"
    shop = f"shop-{run}@example.com"

    owner = Client(url)
    owner.act("new", "master", "account", user_name=f"Shop {run}", user_email=shop, user_pass=password)
    tell(f"Registered the master {shop}.")

    def open_account(name):
        client = Client(url)
        client.act("acquire", "master", master=shop, key=ACQUIRE_KEY)
        profile = {"user_email": f"{name.lower()}@example.com", "user_pass": password}
        client.act("new", "account", user_name=name, **profile)
        client.act("login", **profile)
        tell(f"{name} has an account and is logged in.")
        return client

    alice = open_account("Alice")
    bob = open_account("Bob")

    supplied = alice.act("supply", "credits", credits=500, cost=0.1, currency="EUR", notes="first top-up")
    tell(f"Alice has {supplied['ewallet_credits']} credits.")

    # Argument and chain share the key: the e-mail address stands where other actions name what they mean.
    paid = alice.act("pay", pay="bob@example.com", credits="120")
    tell(f"Alice paid {paid['spent_credits']} credits and has {paid['ewallet_credits']} left.")
    record = alice.act("view", "transfer", "record", record_id=paid["transfer_record"])["record_data"]
    tell(f"Her record says: {record['transfer_type']} to {record['transfer_to']}.")

    payment = {**alice.tokens, "controller": "client", "ctype": "action", "action": "pay"}
    payment.update(pay="bob@example.com", credits=1, request_id=str(uuid.uuid4()))
    if alice.execute(payment) != alice.execute(payment):
        raise SystemExit("A retry paid twice.")
    tell("She sent one more credit twice with one request id: paid once.")

    sent = bob.act("transfer", "credits", transfer_to="alice@example.com", credits=20)
    tell(f"Bob transferred 20 credits back and has {sent['ewallet_credits']}.")
    try:
        bob.act("pay", pay="alice@example.com", credits=1_000)
        raise SystemExit("An overdraft was not refused.")
    except Refused as refusal:
        tell(f"Bob cannot pay 1,000 credits: {refusal.reason}.")

    bought = alice.act("convert", "credits2clock", credits=60)
    tell(f"Alice bought an hour: {bought['credit_clock']} minutes on the clock.")
    alice.act("start", "clock_timer")
    alice.act("pause", "clock_timer")
    alice.act("resume", "clock_timer")
    stopped = alice.act("stop", "clock_timer")
    tell(f"She was on the clock for {stopped['minutes_spent']} minutes.")
    back = alice.act("convert", "clock2credits", minutes="30")
    tell(f"She sold half an hour back and has {back['ewallet_credits']} credits.")

    balances = [client.act("view", "credit", "ewallet")["ewallet_data"]["credits"] for client in (alice, bob)]
    # 500 supplied, half an hour still on the clock.
    if sum(balances) != 500 - 30:
        raise SystemExit(f"Credits were lost or made: {balances}.")
    tell(f"Alice has {balances[0]} credits and Bob {balances[1]}: none was lost or made.")


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/") if len(sys.argv) > 1 else "http://127.0.0.1:8080")
