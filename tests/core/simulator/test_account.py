"""The books of an account: cost, cash, profit, and IB's keys for them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.simulator import statement
from core.simulator.account import Account
from core.simulator.model import Contract

STOCK = Contract(1, "XYZ", "STK")
FUTURE = Contract(2, "ES", "FUT", multiplier="50")
CALL = Contract(3, "XYZ", "OPT", strike=100.0, right="C", multiplier="100")
EURO = Contract(4, "EUR", "CASH", currency="USD")
YEN = Contract(5, "USD", "CASH", currency="JPY")
CFD = Contract(6, "XYZ", "CFD")
COIN = Contract(7, "BTC", "CRYPTO", exchange="PAXOS")
WARRANT = Contract(8, "XYZ", "WAR", strike=100.0, right="C", multiplier="1")
FUTURE_CALL = Contract(9, "ES", "FOP", strike=6100.0, right="C", multiplier="50", exchange="CME")


class Board:
    """Prices that a test sets."""

    def __init__(self) -> None:
        self.marks = {1: 100.0, 2: 6000.0, 3: 5.0, 4: 1.2, 5: 150.0, 6: 100.0, 7: 80_000.0, 8: 9.0, 9: 40.0}
        self.closes = dict(self.marks)
        self.by_day = False

    def mark(self, con_id: int) -> float:
        return self.marks[con_id]

    def previous_close(self, con_id: int) -> float:
        return self.closes[con_id]

    def rate(self, currency: str) -> float:
        return {"USD": 1.0, "EUR": self.marks[4], "JPY": 1 / self.marks[5]}[currency]

    def under_price(self, con_id: int) -> float:
        return self.marks[{3: 1, 8: 1, 9: 2}[con_id]] if con_id in (3, 8, 9) else 0.0

    def intraday(self) -> bool:
        return self.by_day

    def next_change_s(self) -> float:
        return 1_795_359_600.0

    def today(self) -> str:
        return "20261123"


@pytest.fixture
def board() -> Board:
    return Board()


@pytest.fixture
def account(board: Board) -> Account:
    return Account("DU1", board, {"USD": 100_000.0})


def test_cost_includes_what_the_broker_took(account: Account) -> None:
    assert account.trade(STOCK, 100, 100.0, 1.0) is None
    (position,) = account.positions()
    assert position.avg_cost == pytest.approx(100.01)
    assert account.cash["USD"] == pytest.approx(100_000 - 10_001)
    assert position.unrealised_pnl == pytest.approx(-1.0)


def test_selling_realises_net_of_both_commissions(account: Account) -> None:
    account.trade(STOCK, 100, 100.0, 1.0)
    assert account.trade(STOCK, -50, 110.0, 1.0) == pytest.approx(50 * 9.99 - 1.0)
    assert account.trade(STOCK, -50, 90.0, 1.0) == pytest.approx(-50 * 10.01 - 1.0)
    assert account.positions() == []
    assert account.cash["USD"] == pytest.approx(100_000 + 50 * 10 - 50 * 10 - 3)
    assert account.totals().realised == pytest.approx(-3.0)


def test_a_flip_closes_one_side_and_opens_the_other(account: Account) -> None:
    account.trade(STOCK, 100, 100.0, 0.0)
    assert account.trade(STOCK, -150, 120.0, 3.0) == pytest.approx(100 * 20 - 2.0)
    (position,) = account.positions()
    assert position.quantity == -50
    assert position.avg_cost == pytest.approx(119.98)


def test_a_future_moves_no_cash_until_it_is_closed(account: Account, board: Board) -> None:
    account.trade(FUTURE, 1, 6000.0, 2.0)
    assert account.cash["USD"] == 100_000
    board.marks[2] = 6010.0
    assert account.totals().whole.net == pytest.approx(99_998 + 500)
    assert account.trade(FUTURE, -1, 6010.0, 2.0) == pytest.approx(496)
    assert account.cash["USD"] == pytest.approx(100_496)


def test_a_cfd_moves_no_cash_but_what_it_wins_counts_as_loan_value(account: Account, board: Board) -> None:
    account.trade(CFD, 100, 100.0, 1.0)
    assert account.cash["USD"] == pytest.approx(100_000)
    board.marks[6] = 104.0
    whole = account.totals().whole
    assert whole.net == whole.equity_with_loan == pytest.approx(100_000 + 400 - 1)
    assert whole.margin.maintenance == pytest.approx(0.2 * 10_400)
    account.trade(CFD, -100, 104.0, 1.0)
    assert account.cash["USD"] == pytest.approx(100_000 + 400 - 2)


@pytest.mark.parametrize(
    ("contract", "quantity", "key"),
    [(COIN, 0.25, "Cryptocurrency"), (WARRANT, 500, "WarrantValue"), (FUTURE_CALL, 3, "FutureOptionValue")],
)
def test_what_is_paid_for_is_worth_its_price_and_needs_no_margin(
    account: Account, board: Board, contract: Contract, quantity: float, key: str
) -> None:
    price = board.marks[contract.con_id]
    account.trade(contract, quantity, price, 2.0)
    worth = quantity * price * float(contract.multiplier or 1)
    assert account.cash["USD"] == pytest.approx(100_000 - worth - 2)
    whole = account.totals().whole
    assert whole.net == pytest.approx(100_000 - 2)
    assert whole.equity_with_loan == pytest.approx(100_000 - worth - 2)
    assert (whole.margin.initial, whole.margin.maintenance) == (0, 0)
    rows = {(name, currency): value for name, value, currency in statement.values(account)}
    assert float(rows[key, "USD"]) == float(rows[key, "BASE"]) == pytest.approx(worth)
    assert float(rows["NetLiquidationByCurrency", "BASE"]) == pytest.approx(whole.net)


def test_options_on_futures_are_commodities(account: Account) -> None:
    account.trade(FUTURE_CALL, -1, 40.0, 0.0)
    totals = account.totals()
    assert totals.securities.margin.maintenance == 0
    assert totals.commodities.full.maintenance == pytest.approx(40 * 50 + 22_140 - 100 * 50 / 2)
    assert totals.whole.net == pytest.approx(100_000)


def test_average_cost_carries_the_multiplier(account: Account) -> None:
    account.trade(CALL, 2, 5.0, 1.3)
    assert account.position(3).avg_cost == pytest.approx(500.65)
    assert account.cash["USD"] == pytest.approx(100_000 - 1001.3)


def test_fx_changes_two_balances_and_hardly_the_equity(account: Account) -> None:
    before = account.totals().whole.net
    account.trade(EURO, 10_000, 1.2, 2.0)
    assert account.cash == {"USD": pytest.approx(100_000 - 12_002), "EUR": 10_000}
    assert account.totals().whole.net == pytest.approx(before - 2)


def test_yen_are_paid_in_yen_and_the_broker_in_dollars(account: Account) -> None:
    account.trade(YEN, 1_000, 150.0, 2.0)
    assert account.cash["JPY"] == pytest.approx(-150_000)
    assert account.cash["USD"] == pytest.approx(100_000 + 1_000 - 2)
    assert account.positions()[0].unrealised_pnl == pytest.approx(-300)


def test_the_day_s_profit_starts_from_yesterday_s_close(account: Account, board: Board) -> None:
    account.open_with(STOCK, 100, 80.0)
    board.marks[1] = 103.0
    assert account.totals().daily == pytest.approx(300)
    account.trade(STOCK, 100, 103.0, 1.0)
    board.marks[1] = 104.0
    assert account.totals().daily == pytest.approx(300 + 200 - 1)
    account.trade(STOCK, -200, 104.0, 1.0)
    assert account.totals().daily == pytest.approx(498)
    account.roll()
    assert account.totals().daily == account.totals().realised == 0


trades = st.lists(
    st.tuples(
        st.sampled_from((STOCK, FUTURE, CALL, CFD, COIN, WARRANT, FUTURE_CALL)),
        st.integers(-20, 20).filter(bool),
        st.floats(0.5, 200),
        st.floats(0, 5),
    ),
    max_size=12,
)


@given(trades)
def test_money_is_neither_made_nor_lost(lots: list[tuple[Contract, int, float, float]]) -> None:
    board = Board()
    account = Account("DU1", board, {"USD": 100_000.0})
    for contract, quantity, price, commission in lots:
        account.trade(contract, quantity, price, commission)
    totals = account.totals()
    gained = sum(
        quantity * (board.marks[c.con_id] - price) * float(c.multiplier or 1) - commission
        for c, quantity, price, commission in lots
    )
    assert totals.whole.net - 100_000 == pytest.approx(gained, abs=1e-4)
    assert totals.realised + totals.unrealised == pytest.approx(gained, abs=1e-4)
    assert totals.daily == pytest.approx(gained, abs=1e-4)


def test_the_keys_of_the_account_agree_with_one_another(account: Account) -> None:
    account.trade(STOCK, 300, 100.0, 1.5)
    account.trade(FUTURE, 1, 6000.0, 2.0)
    account.trade(EURO, 10_000, 1.2, 2.0)
    rows = {(key, currency): value for key, value, currency in statement.values(account)}
    money = {
        key: float(value)
        for (key, currency), value in rows.items()
        if currency == "USD" and value[-1].isdigit()
    }
    for key in ("NetLiquidation", "ExcessLiquidity", "MaintMarginReq", "TotalCashValue"):
        assert money[key] == pytest.approx(money[f"{key}-S"] + money[f"{key}-C"], abs=0.02)
    excess = money["EquityWithLoanValue"] - money["MaintMarginReq"]
    assert money["ExcessLiquidity"] == pytest.approx(excess, abs=0.01)
    assert money["BuyingPower"] == pytest.approx(4 * money["AvailableFunds"], abs=0.05)
    assert float(rows["Cushion", ""]) == pytest.approx(excess / money["NetLiquidation"], abs=1e-4)
    assert float(rows["CashBalance", "EUR"]) == 10_000
    assert rows["ExchangeRate", "EUR"] == "1.2"
    assert float(rows["NetLiquidationByCurrency", "BASE"]) == pytest.approx(money["NetLiquidation"], abs=0.01)
    assert rows["AccountReady", ""] == "true"


def test_a_summary_holds_what_was_asked_for(account: Account) -> None:
    assert {row[0] for row in statement.summary(account, ("NetLiquidation", "Cushion"))} == {
        "NetLiquidation",
        "Cushion",
    }
    account.cash["EUR"] = 500.0
    currencies = {row[2] for row in statement.summary(account, ("$LEDGER:ALL",))}
    assert currencies == {"USD", "EUR", "BASE"}
    assert {row[2] for row in statement.summary(account, ("$LEDGER",))} == {"BASE"}
    assert {row[2] for row in statement.summary(account, ("$LEDGER:EUR",))} == {"EUR"}


def tags(account: Account) -> dict[str, str]:
    return {key: value for key, value, unit in statement.values(account) if unit in ("", "USD")}


def test_full_tags_leave_the_intraday_credit_out_and_look_ahead_sees_it_go(
    account: Account, board: Board
) -> None:
    account.trade(FUTURE, 1, 6000.0, 2.25)
    board.by_day = True
    seen = tags(account)
    assert float(seen["MaintMarginReq"]) == pytest.approx(0.75 * float(seen["FullMaintMarginReq"]))
    assert seen["LookAheadMaintMarginReq"] == seen["FullMaintMarginReq"]
    assert float(seen["LookAheadExcessLiquidity"]) < float(seen["ExcessLiquidity"])
    assert seen["LookAheadNextChange"] == "1795359600"


def test_what_holds_no_future_has_no_next_change(account: Account) -> None:
    account.trade(STOCK, 100, 100.0, 1.0)
    assert tags(account)["LookAheadNextChange"] == "0"


def test_sma_keeps_what_the_day_began_with_less_what_was_bought(account: Account, board: Board) -> None:
    account.roll()
    before = float(tags(account)["SMA"])
    account.trade(STOCK, 400, 100.0, 0.0)
    assert float(tags(account)["SMA"]) == pytest.approx(before - 20_000)
    board.marks[1] = 60.0
    # What the stock loses does not lower it on the day; what the day ends with does not come back by itself.
    assert float(tags(account)["SMA"]) == pytest.approx(before - 20_000)
    account.trade(STOCK, -400, 60.0, 0.0)
    assert float(tags(account)["SMA"]) == pytest.approx(before - 8_000)


def test_an_option_that_expires_today_shows_what_its_exercise_needs(account: Account, board: Board) -> None:
    call = Contract(3, "XYZ", "OPT", "20261123", 90.0, "C", "100")
    account.trade(call, 10, 10.0, 0.0)
    seen = tags(account)
    assert float(seen["PostExpirationMargin"]) == pytest.approx(1000 * 100.0 * 0.25)
    assert float(seen["PostExpirationExcess"]) < float(seen["ExcessLiquidity"])
