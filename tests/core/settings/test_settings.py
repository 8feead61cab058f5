"""Settings: what wins over what, and what every wrong value is told."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.domain.contract import SecType
from core.domain.limits import Permissions, RiskLimits
from core.errors import SettingsError
from core.settings import Settings, load, own_folder
from core.settings.files import looks_secret
from core.settings.schema import QUANTITY_CEILINGS

INI, RISK, PERMISSIONS = "ibkr_config.ini", "risk_config.yaml", "trading_permissions.yaml"


def wrong(folder: Path, **env: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load(env, folder)
    return str(caught.value)


def with_file(folder: Path, name: str, text: str | bytes) -> Path:
    (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return folder


# --- the shipped files -------------------------------------------------------------------------------


def test_the_shipped_files_start_the_simulator_on_this_computer(tmp_path: Path) -> None:
    found = load({}, tmp_path)
    assert (found.link.profile, found.link.host, found.link.port) == ("simulator", "127.0.0.1", 0)
    assert found.risks == ()


def test_the_shipped_profiles_are_those_of_tws_and_gateway(tmp_path: Path) -> None:
    profiles = load({}, tmp_path).profiles
    assert {name: (one.port, one.kind) for name, one in profiles.items()} == {
        "simulator": (0, "simulator"),
        "tws-paper": (7497, "paper"),
        "tws-live": (7496, "live"),
        "gateway-paper": (4002, "paper"),
        "gateway-live": (4001, "live"),
        "custom": (7497, "live"),
    }


def test_the_shipped_limits_are_those_of_the_built_in_defaults_where_those_exist(tmp_path: Path) -> None:
    shipped, built_in = load({}, tmp_path).limits, RiskLimits()
    for name in ("notional", "notional_fraction", "duplicate_s", "quote_age_s", "working_per_side"):
        assert getattr(shipped, name) == getattr(built_in, name)
    assert shipped.orders_per_10_s == built_in.orders_per_10_s


def test_every_kind_that_can_be_traded_has_a_quantity_limit_under_its_ceiling(tmp_path: Path) -> None:
    quantity = load({}, tmp_path).limits.quantity
    assert set(quantity) == set(SecType) - {SecType.IND, SecType.CONTFUT} == set(QUANTITY_CEILINGS)
    assert all(one.hard is not None and one.hard <= QUANTITY_CEILINGS[kind] for kind, one in quantity.items())


def test_the_shipped_permissions_allow_all_accounts_and_exchanges(tmp_path: Path) -> None:
    permissions = load({}, tmp_path).permissions
    kinds = {SecType.STK, SecType.OPT, SecType.FUT, SecType.FOP, SecType.CASH}
    kinds |= {SecType.CFD, SecType.WAR, SecType.CRYPTO, SecType.BAG}
    assert permissions == Permissions(sec_types=frozenset(kinds))


# --- what wins ---------------------------------------------------------------------------------------


def test_the_users_copy_wins_key_by_key(tmp_path: Path) -> None:
    with_file(tmp_path, INI, "[connection]\nprofile = tws-paper\n")
    with_file(tmp_path, RISK, "quantity:\n  STK: {hard: 500}\n  OPT: {soft: 1, hard: 2}\nquote_age_s: 3\n")
    with_file(tmp_path, PERMISSIONS, "restricted_symbols: [gme]\nshorting: no\n")
    with pytest.raises(SettingsError, match="soft limit"):
        load({}, tmp_path)  # the shipped soft limit of 1,000 still stands
    with_file(tmp_path, RISK, "quantity:\n  STK: {soft: 100, hard: 500}\nquote_age_s: 3\n")
    found = load({}, tmp_path)
    assert (found.link.profile, found.link.port, found.link.client_id) == ("tws-paper", 7497, 1)
    assert found.limits.quantity[SecType.STK].hard == 500
    assert found.limits.quantity[SecType.FUT].hard == 20
    assert found.limits.quote_age_s == 3
    assert found.permissions.restricted_symbols == {"GME"}
    assert found.permissions.shorting is False


def test_the_environment_wins_over_the_users_copy(tmp_path: Path) -> None:
    with_file(tmp_path, INI, "[connection]\nclient_id = 5\naccount = DU1\n")
    env = {
        "IBKR_CLIENT_ID": "9",
        "IBKR_ACCOUNT_ID": "DU7654321",
        "IBKR_PORT": "4002",
        "IBKR_HOST": "localhost",
    }
    link = load(env, tmp_path).link
    assert (link.host, link.port, link.client_id, link.account) == ("localhost", 4002, 9, "DU7654321")


@pytest.mark.parametrize(
    ("env", "profile", "kind"),
    [
        ({"IBKR_PORT": "7497"}, "tws-paper", "paper"),
        ({"IBKR_PORT": "4001"}, "gateway-live", "live"),
        ({"IBKR_PORT": "50001"}, "custom", ""),
        ({"IBKR_HOST": "127.0.0.1"}, "simulator", "simulator"),
    ],
)
def test_a_port_from_the_environment_claims_only_what_a_profile_says(
    tmp_path: Path, env: dict[str, str], profile: str, kind: str
) -> None:
    link = load(env, tmp_path).link
    assert (link.profile, link.kind) == (profile, kind)


def test_a_profile_of_ones_own_can_be_chosen(tmp_path: Path) -> None:
    text = "[connection]\nprofile = lab-7\n[profile.lab-7]\nhost = 127.0.0.1\nport = 7001\nkind = paper\n"
    link = load({}, with_file(tmp_path, INI, text)).link
    assert (link.profile, link.port, link.kind) == ("lab-7", 7001, "paper")


def test_max_order_size_caps_every_kind_and_never_loosens_one(tmp_path: Path) -> None:
    quantity = load({"MAX_ORDER_SIZE": "50"}, tmp_path).limits.quantity
    assert {kind.value: int(one.hard or 0) for kind, one in quantity.items() if one.hard} == {
        "STK": 50, "OPT": 50, "FUT": 20, "FOP": 50, "CASH": 50, "CFD": 50, "CRYPTO": 10,
        "BOND": 50, "FUND": 50, "WAR": 50, "CMDTY": 50, "BAG": 50,
    }  # fmt: skip
    assert all(one.soft is None or one.hard is None or one.soft <= one.hard for one in quantity.values())


@pytest.mark.parametrize(
    ("text", "fraction"), [("0.5", "0.5"), ("50%", "0.5"), ("150 %", "1.5"), ("1", "1"), ("2.5 %", "0.025")]
)
def test_max_portfolio_risk_is_a_fraction_or_per_cent(tmp_path: Path, text: str, fraction: str) -> None:
    found = load({"MAX_PORTFOLIO_RISK": text}, tmp_path).limits.portfolio_risk_fraction
    assert found == Decimal(fraction)


def test_the_users_folder_is_the_platforms_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert own_folder() == tmp_path / "ibdesk"
    (tmp_path / "ibdesk").mkdir()
    with_file(tmp_path / "ibdesk", INI, "[connection]\nclient_id = 77\n")
    assert load({}).link.client_id == 77


# --- what is refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("IBKR_PORT", "abc", "a whole number from 1 to 65,535"),
        ("IBKR_PORT", "0", "a whole number from 1 to 65,535"),
        ("IBKR_PORT", "65536", "a whole number from 1 to 65,535"),
        ("IBKR_PORT", "7497.5", "a whole number"),
        ("IBKR_PORT", "0x1d49", "a whole number"),
        ("IBKR_PORT", "٧٤٩٧", "a whole number"),
        ("IBKR_CLIENT_ID", "-1", "a whole number from 0 to 999,999"),
        ("IBKR_CLIENT_ID", "1e309", "a whole number"),
        ("IBKR_HOST", "256.1.1.1", "a host name or an IP address"),
        ("IBKR_HOST", "a b", "a host name or an IP address"),
        ("IBKR_HOST", "http://localhost", "a host name or an IP address"),
        ("IBKR_ACCOUNT_ID", "DU 1; drop", "an account such as DU1234567"),
        ("MAX_ORDER_SIZE", "0", "a whole number from 1"),
        ("MAX_ORDER_SIZE", "-5", "a whole number from 1"),
        ("MAX_ORDER_SIZE", "1e309", "a whole number from 1"),
        ("MAX_ORDER_SIZE", "nan", "a whole number from 1"),
        ("MAX_ORDER_SIZE", "10.5", "a whole number from 1"),
        ("MAX_ORDER_SIZE", "99999999", "at most 10,000,000"[8:]),
        ("MAX_PORTFOLIO_RISK", "25", 'per cent with the sign'),
        ("MAX_PORTFOLIO_RISK", "0", "a fraction above 0"),
        ("MAX_PORTFOLIO_RISK", "-0.5", "a fraction above 0"),
        ("MAX_PORTFOLIO_RISK", "inf", "a fraction above 0"),
        ("MAX_PORTFOLIO_RISK", "%", "a fraction above 0"),
    ],
)  # fmt: skip
def test_a_wrong_variable_names_itself_its_value_and_what_is_allowed(
    tmp_path: Path, name: str, value: str, allowed: str
) -> None:
    said = wrong(tmp_path, **{name: value})
    assert said.startswith(f"environment: {name} is {value!r}; allowed is ")
    assert allowed in said


@pytest.mark.parametrize(
    "name", ["IBKR_HOST", "IBKR_PORT", "IBKR_CLIENT_ID", "IBKR_ACCOUNT_ID", "MAX_ORDER_SIZE"]
)
def test_an_empty_variable_is_not_taken_for_a_missing_one(tmp_path: Path, name: str) -> None:
    assert wrong(tmp_path, **{name: " "}) == f"environment: {name} is empty; give it a value, or take it out."


@pytest.mark.parametrize(
    ("file", "text", "key", "allowed"),
    [
        (INI, "[connection]\nclient_id = many\n", "connection.client_id is 'many'", "a whole number from 0 to"),
        (INI, "[connection]\nread_only = maybe\n", "connection.read_only is 'maybe'", "yes or no"),
        (INI, "[connection]\nprofile = moon\n", "connection.profile is 'moon'", "one of simulator, tws-paper"),
        (INI, "[connection]\nclient_id =\n", "connection.client_id is empty", "a whole number"),
        (INI, "[timing]\nheartbeat_s = -1\n", "timing.heartbeat_s is '-1'", "a number above 0, at most 60"),
        (INI, "[timing]\nheartbeat_s = 1e309\n", "timing.heartbeat_s", "a number above 0, at most 60"),
        (INI, "[reconnect]\nbackoff_most_s = 0.1\n", "reconnect.backoff_most_s", "at least backoff_first_s"),
        (INI, "[pacing]\nmessages_per_s = 51\n", "pacing.messages_per_s is '51'", "at most 50"),
        (INI, "[profile.tws-paper]\nport = 70000\n", "profile.tws-paper.port is '70000'", "from 0 to 65,535"),
        (INI, "[profile.tws-paper]\nkind = toy\n", "profile.tws-paper.kind", "one of simulator, paper, live"),
        (INI, "[profile.mine]\nport = 7000\n", "profile.mine", "a section with the key host"),
        (INI, "[profile.My Own]\nport = 1\nhost = ::1\nkind = live\n", "profile.My Own is no key", "small letters"),
        (INI, "[connection]\nprot = 1\n", "connection.prot is no key", "allowed is profile, client_id"),
        (INI, "[conection]\nclient_id = 1\n", "conection is no key", "Did you mean connection?"),
        (RISK, "quantity: {STK: {soft: 10, hard: 100001}}", "quantity.STK.hard is '100001'", "at most 100,000"),
        (RISK, "quantity: {STK: {soft: 10, hard: null}}", "quantity.STK.hard is empty", "a number above 0"),
        (RISK, "quantity: {STK: {soft: 10, hard: yes}}", "quantity.STK.hard is 'True'", "a number above 0"),
        (RISK, "quantity: {STK: {hard: 5}}", "quantity.STK is", "a soft limit that is not above the hard one"),
        (RISK, "quantity: {STOCK: {hard: 5}}", "quantity.STOCK is no key", "one of STK, OPT"),
        (RISK, "quantity: 5", "quantity is '5'", "keys with values"),
        (RISK, "notional: {soft: 1, hard: 1.0e+9}", "notional.hard is '1000000000.0'", "at most 10,000,000"),
        (RISK, "notional_fraction: {hard: .inf}", "notional_fraction.hard is 'inf'", "at most 20"),
        (RISK, "notional_fraction: {hard: .nan}", "notional_fraction.hard is 'nan'", "at most 20"),
        (RISK, "collar: {STK: {soft: text}}", "collar.STK.soft is 'text'", "a number above 0, at most 1"),
        (RISK, "working_per_side: {hard: 16}", "working_per_side.hard is '16'", "from 1 to 15"),
        (RISK, "duplicate_s: {soft: 1}", "duplicate_s is", "a soft span that is not shorter"),
        (RISK, "duplicate_s: {hard: 0}", "duplicate_s.hard is '0'", "a number above 0.5"),
        (RISK, "max_portfolio_risk: 25", "max_portfolio_risk is '25'", "per cent with the sign"),
        (RISK, "max_order_sise: 25", "max_order_sise is no key", "Did you mean max_order_size?"),
        (PERMISSIONS, "sec_types: [STK, IND]", "sec_types.1 is 'IND'", "one of STK, OPT, FUT"),
        (PERMISSIONS, "sec_types: STK", "sec_types is 'STK'", "a list"),
        (PERMISSIONS, "restricted_symbols: [ON]", "restricted_symbols.0 is 'True'", "in quotes"),
        (PERMISSIONS, "exchanges: [nyse]", "exchanges.0 is 'nyse'", "in capitals"),
        (PERMISSIONS, "accounts: ['']", "accounts.0 is empty", "an account such as DU1234567"),
        (PERMISSIONS, "shorting: 1", "shorting is '1'", "yes or no"),
    ],
)  # fmt: skip
def test_a_wrong_value_names_file_key_value_and_what_is_allowed(
    tmp_path: Path, file: str, text: str, key: str, allowed: str
) -> None:
    said = wrong(with_file(tmp_path, file, text))
    assert said.startswith(f"{tmp_path / file}: {key}")
    assert allowed in said


def test_several_wrong_values_are_all_told(tmp_path: Path) -> None:
    with_file(tmp_path, INI, "[connection]\nclient_id = x\n[timing]\nheartbeat_s = 0\n")
    with_file(tmp_path, RISK, "quote_age_s: old\nquantity: {STK: {hard: 200000}}\n")
    said = wrong(tmp_path, IBKR_PORT="high", MAX_ORDER_SIZE="low").splitlines()
    assert len(said) == 5
    assert [one for one in said if "heartbeat_s" in one and str(tmp_path) in one]
    with_file(tmp_path, RISK, "quantity: {STK: {hard: 200000}, OPT: {hard: 2001}}\n")
    with_file(tmp_path, INI, "")
    assert len(wrong(tmp_path).splitlines()) == 2


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        (INI, b"\xff\xfe[\x00c\x00", "line 1 is not UTF-8 text"),
        (INI, b"[connection]\nclient_id = \xe9\n", "line 2 is not UTF-8 text"),
        (RISK, b"\x00", "characters that are no text"),
        (INI, "[connection]\nclient_id = 1\nclient_id = 2\n", "connection.client_id stands there twice (line 3)"),
        (INI, "[pacing]\n[pacing]\n", "section [pacing] stands there twice"),
        (INI, "client_id = 1\n", "line 1 stands before any [section]"),
        (INI, "[connection]\nwhat is this\n", "line 2 is neither [section] nor key = value"),
        (RISK, "quote_age_s: 1\nquote_age_s: 2\n", "quote_age_s stands there twice (line 2)"),
        (RISK, "quantity:\n  STK: {hard: 1, hard: 2}\n", "hard stands there twice"),
        (RISK, "a: &x [1, 2]\nb: *x\n", "line 1 uses an anchor or alias"),
        (RISK, "quote_age_s: !!python/object/apply:os.system ['true']\n", "uses a tag"),
        (RISK, "quote_age_s: !!int 3\n", "uses a tag"),
        (RISK, "[1, 2]: 3\n", "a key that is no plain word"),
        (RISK, "a: 1\n---\nb: 2\n", "a second document begins in line 2"),
        (RISK, "a: [", "it is not valid YAML (line"),
        (RISK, "\tquote_age_s: 1", "it is not valid YAML (line 1"),
        (RISK, "[" * 3000, "nested too deep"),
        (RISK, "just words", "it must hold keys with values"),
        (RISK, "#" * (300 * 1024), "larger than 256 kB"),
    ],
)  # fmt: skip
def test_a_broken_file_is_named_with_its_line(
    tmp_path: Path, file: str, text: str | bytes, said: str
) -> None:
    message = wrong(with_file(tmp_path, file, text))
    assert message.startswith(f"{tmp_path / file}: ")
    assert said in message


def test_a_yaml_bomb_is_refused_before_it_is_built(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    assert "line 1 uses an anchor" in wrong(with_file(tmp_path, RISK, "\n".join(lines)))


def test_a_folder_in_place_of_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / RISK).mkdir()
    assert wrong(tmp_path).startswith(f"{tmp_path / RISK}: this is not a file.")


def test_a_file_that_leads_nowhere_is_named(tmp_path: Path) -> None:
    (tmp_path / INI).symlink_to(tmp_path / "gone")
    assert f"{tmp_path / INI}: " in wrong(tmp_path)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="an administrator may read everything")
def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    with_file(tmp_path, INI, "").joinpath(INI).chmod(0)
    assert "cannot be read" in wrong(tmp_path)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (INI, "[connection]\npassword = hunter2\n"),
        (INI, "[connection]\nAPI_KEY = hunter2\n"),
        (INI, "[my secrets]\nx = hunter2\n"),
        (INI, "[elsewhere]\naccess-token = hunter2\n"),
        (INI, "[connection]\npassword = hunter2\npassword = hunter2\n"),
        (RISK, "ibkr:\n  login:\n    userPassword: hunter2\n"),
        (RISK, "list: [{apikey: hunter2}]\n"),
        (PERMISSIONS, "privateKey: hunter2\n"),
        (PERMISSIONS, "credentials: hunter2\n"),
    ],
)
def test_a_secret_is_refused_by_name_and_never_shown(tmp_path: Path, file: str, text: str) -> None:
    said = wrong(with_file(tmp_path, file, text))
    assert "looks like a secret" in said
    assert str(tmp_path / file) in said
    assert "hunter2" not in said


def test_a_line_that_cannot_be_parsed_is_not_quoted(tmp_path: Path) -> None:
    for file, text in ((INI, "[connection]\npassword hunter2\n"), (RISK, "password: [hunter2\n")):
        assert "hunter2" not in wrong(with_file(tmp_path, file, text))
        (tmp_path / file).unlink()


def test_no_shipped_key_looks_like_a_secret() -> None:
    assert not looks_secret("account")
    assert not looks_secret("compass")
    assert not looks_secret("max_portfolio_risk")


# --- other computers ---------------------------------------------------------------------------------


def test_another_computer_needs_a_word_in_a_file(tmp_path: Path) -> None:
    said = wrong(tmp_path, IBKR_HOST="10.0.0.5", IBKR_PORT="7497")
    assert said.startswith("environment: IBKR_HOST is '10.0.0.5'; allowed is this computer")
    said = wrong(with_file(tmp_path, INI, "[profile.tws-paper]\nhost = box.example\n"))
    assert "profile.tws-paper.host is 'box.example'; allowed is this computer" in said


def test_another_computer_on_purpose_is_a_named_risk(tmp_path: Path) -> None:
    with_file(tmp_path, INI, "[connection]\nallow_remote = yes\n")
    found = load({"IBKR_HOST": "10.0.0.5", "IBKR_PORT": "7497"}, tmp_path)
    assert (found.link.host, found.link.kind) == ("10.0.0.5", "")
    assert found.risks[0].startswith("10.0.0.5 is another computer")


def test_the_simulator_is_not_sent_to_another_computer(tmp_path: Path) -> None:
    with_file(tmp_path, INI, "[connection]\nallow_remote = yes\n")
    assert "set IBKR_PORT too" in wrong(tmp_path, IBKR_HOST="10.0.0.5")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", "LOCALHOST"])
def test_this_computer_has_several_names(tmp_path: Path, host: str) -> None:
    assert load({"IBKR_HOST": host, "IBKR_PORT": "7497"}, tmp_path).risks == ()


# --- anything at all ---------------------------------------------------------------------------------


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    file=st.sampled_from([INI, RISK, PERMISSIONS]),
    text=st.one_of(
        st.binary(max_size=200),
        st.text(max_size=200),
        st.text(alphabet="abc:{}[]&*!-?|>%@`'\"#,.0159 \n\t=", max_size=80),
        st.builds(
            "{}: {}".format,
            st.sampled_from(["quantity", "notional", "max_order_size", "shorting", "sec_types", "1", "null"]),
            st.sampled_from(["", "1:30", "2026-01-01", "{a: {b: c}}", "[[1]]", "9" * 5000, "0o7", "~", "'x'", "{1: 2}"]),
        ),
    ),
)  # fmt: skip
def test_no_file_can_do_more_than_be_refused(tmp_path: Path, file: str, text: bytes | str) -> None:
    with_file(tmp_path, file, text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    try:
        assert isinstance(load({}, tmp_path), Settings)
    except SettingsError as said:
        assert str(said)  # noqa: PT017
    finally:
        (tmp_path / file).unlink()
