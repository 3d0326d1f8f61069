"""Card holders in Taiwan, April to September 2005: as of one month, or month by month."""

from __future__ import annotations

from datetime import date

import pandas

from scorecard.datasets.bundle import Dataset
from scorecard.errors import SettingsError

FILE = "taiwan.parquet"
SHA256 = "593c24a87ffb3d4d589b2600a1eb8bfc89be380fbed57e5b345c7121a137b4cc"
LICENCE = "CC BY 4.0"
ATTRIBUTION = (
    "Yeh, I-C. (2009). Default of Credit Card Clients. UCI Machine Learning Repository, data set 350. "
    "https://doi.org/10.24432/C55S3H. Described in Yeh, I-C. and Lien, C-H. (2009)."
)

LAST_MONTH = 9  # m0 of the stored file is September 2005
LAGS = range(6)
MONTHS = tuple(f"2005-{LAST_MONTH - lag:02d}" for lag in LAGS)
ARREARS = 2  # months; the usual line of "seriously late" in roll rates, where one month is often an oversight
PERSON = "customer_id, limit_ntd, sex, education, marriage, age_years"
STORED = ("status", "bill_ntd", "payment_ntd")


def _measure(name: str, lag: int, shift: int) -> str:
    stored = f"{name}_m{lag + shift}" if lag + shift in LAGS else "NULL::BIGINT"
    return f"{stored} AS {name}_m{lag}"


def _utilisation(lag: int, shift: int) -> str:
    value = f"bill_ntd_m{lag + shift} / limit_ntd" if lag + shift in LAGS else "NULL::DOUBLE"
    return f"{value} AS utilisation_m{lag}"


def _payment_ratio(lag: int, shift: int) -> str:
    payment, bill = f"payment_ntd_m{lag + shift}", f"bill_ntd_m{lag + shift + 1}"
    value = f"{payment} / CASE WHEN {bill} > 0 THEN {bill} END" if lag + shift + 1 in LAGS else "NULL::DOUBLE"
    return f"{value} AS payment_ratio_m{lag}"


def _as_of_sql(shift: int) -> str:
    """Return the snapshot `shift` months before September; lags that would reach before April are NULL."""
    columns = [_measure(name, lag, shift) for name in STORED for lag in LAGS]
    columns += [_utilisation(lag, shift) for lag in LAGS]
    columns += [_payment_ratio(lag, shift) for lag in LAGS[:-1]]
    late = f"(status_m{shift - 1} >= {ARREARS})::BIGINT AS delinquent_next_month"
    return f"SELECT {PERSON},\n  " + ",\n  ".join([*columns, late if shift else "default_next_month"]) + "\nFROM source"


def _listed(name: str) -> str:
    return "[" + ", ".join(f"{name}_m{lag}" for lag in LAGS) + "]"


PANEL_SQL = f"""SELECT {PERSON}, month, status, bill_ntd, payment_ntd,
  bill_ntd / limit_ntd AS utilisation,
  payment_ntd / CASE WHEN bill_before > 0 THEN bill_before END AS payment_ratio,
  status_next_month,
  (status_next_month >= {ARREARS})::BIGINT AS delinquent_next_month,
  CASE WHEN lag = 0 THEN default_next_month END AS default_next_month
FROM (
  SELECT *, make_date(2005, {LAST_MONTH} - lag, 1) AS month,
    {_listed("status")}[lag + 1] AS status,
    CASE WHEN lag > 0 THEN {_listed("status")}[lag] END AS status_next_month,
    {_listed("bill_ntd")}[lag + 1] AS bill_ntd,
    {_listed("bill_ntd")}[lag + 2] AS bill_before,
    {_listed("payment_ntd")}[lag + 1] AS payment_ntd
  FROM source CROSS JOIN (SELECT unnest(range({len(LAGS)}))::INTEGER AS lag)
)
ORDER BY customer_id, month"""  # noqa: S608  no value of a user


def _dataset(name: str, sql: str) -> Dataset:
    return Dataset(name, FILE, SHA256, sql, LICENCE, ATTRIBUTION)


AS_OF = {month: _dataset("taiwan_" + month.replace("-", "_"), _as_of_sql(shift)) for shift, month in enumerate(MONTHS) if shift}
SEPTEMBER = _dataset("taiwan", _as_of_sql(0))
PANEL = _dataset("taiwan_panel", PANEL_SQL)
TAIWAN = (SEPTEMBER, PANEL, *AS_OF.values())


def taiwan() -> pandas.DataFrame:
    """Return who of 30,000 card holders defaulted in October 2005, with six months of history up to September.

    Returns
    -------
    pandas.DataFrame
        30,000 rows in the source's order, one a customer of one bank in Taiwan; 6,636 (22.12 %) are bad.
        ``mK`` in a name is the lag in months: m0 is September 2005, m5 is April 2005. Money is in New Taiwan dollars (NTD).

        ===========================  ========================================================================================
        customer_id                  1 to 30,000
        limit_ntd                    credit granted to the customer and the family, 10,000 to 1,000,000
        sex                          female, male
        education                    graduate school, university, high school, others, and three undocumented codes
        marriage                     married, single, others, and one undocumented code
        age_years                    21 to 79
        status_m0 .. status_m5       repayment status: 1 to 8 months of delay; -1, 0 and -2 are codes, see below
        bill_ntd_m0 .. m5            balance on the month's statement; negative where the customer has paid too much
        payment_ntd_m0 .. m5         paid in the month, 0 or more
        utilisation_m0 .. m5         bill_ntd / limit_ntd of the same month; below 0 and above 1 occur
        payment_ratio_m0 .. m4       payment_ntd of the month / bill_ntd of the month before; see below
        default_next_month           target: 1 where the customer defaulted in October 2005
        ===========================  ========================================================================================

        Sex, education, marriage and age are personal characteristics to test fairness by, not to decide by.

    Raises
    ------
    DataError
        Where the bundled file is not the one that was published with this version.

    Notes
    -----
    *Repayment status.* The source documents -1 (paid duly) and 1 to 9 (months of delay; 9 is nine and more, and does not occur).
    It does not document -2 and 0, which most rows hold. By convention -2 is read as *no consumption*, -1 as *paid in full* and
    0 as *revolving credit*, and the amounts agree: the month's payment covers the last bill for 95 % of -2 and 80 % of -1 but
    5 % of 0 (m0). They are codes, not points of a scale, so they belong in bins of their own.

    *Status 1 is almost absent before September*: 3,688 customers have it in m0, and 28, 4, 2, 0 and 0 in m1 to m5. A card built
    on September therefore sees a population shift in this column in every earlier month, from the source's recording alone.

    *Undocumented codes* stay visible: education "undocumented 0" 14, "undocumented 5" 280, "undocumented 6" 51 customers;
    marriage "undocumented 0" 54.

    *Payment ratio* is missing where the bill before is zero or negative, as there was nothing to pay: 3,175, 3,525, 3,870, 4,161
    and 4,708 rows in m0 to m4. Tiny bills make it large (up to 5,001). The ratio of m5 would need March and does not exist.

    *Repeated rows*: 35 pairs of customers are equal in everything but the number. 795 customers have no bill and no payment in
    any of the six months; 37.6 % of them are bad.

    *Licence*: CC BY 4.0. Columns were renamed, codes of sex, education and marriage put in words, and the two ratios added.

    References
    ----------
    Yeh, I-C. (2009). Default of Credit Card Clients. UCI Machine Learning Repository, data set 350.

    Yeh, I-C. and Lien, C-H. (2009). The comparisons of data mining techniques for the predictive accuracy of probability of
    default of credit card clients. Expert Systems with Applications 36(2), 2473-2480.

    Examples
    --------
    >>> int(taiwan().default_next_month.sum())
    6636
    """
    return SEPTEMBER.load()


def taiwan_panel() -> pandas.DataFrame:
    """Return the same card holders month by month, for roll rates, migration and early warning.

    Returns
    -------
    pandas.DataFrame
        180,000 rows by customer and month, April to September 2005.

        =========================  ==========================================================================================
        customer_id .. age_years   as in `taiwan`; they do not change over the months
        month                      first day of the statement's month
        status                     repayment status of the month, codes as in `taiwan`
        bill_ntd, payment_ntd      balance on the statement, and paid in the month, NTD
        utilisation                bill_ntd / limit_ntd
        payment_ratio              payment_ntd / bill_ntd of the month before; missing in April and where that bill is <= 0
        status_next_month          missing in September
        delinquent_next_month      1 where status_next_month is 2 or more; missing in September
        default_next_month         the default of October 2005; missing in every month but September
        =========================  ==========================================================================================

        Source, licence and what to beware of: see `taiwan`.

    Raises
    ------
    DataError
        Where the bundled file is not the one that was published with this version.

    References
    ----------
    Yeh, I-C. and Lien, C-H. (2009). Expert Systems with Applications 36(2), 2473-2480.

    Examples
    --------
    >>> taiwan_panel().shape
    (180000, 15)
    """
    return PANEL.load()


def taiwan_as_of(month: date | str) -> pandas.DataFrame:
    """Return what was known at the end of an earlier month, and who was two months late in the month after.

    Parameters
    ----------
    month : date or str
        ``"2005-04"`` to ``"2005-08"``; of a date the day does not matter. In a pipeline: ``dataset:taiwan_2005_08``.

    Returns
    -------
    pandas.DataFrame
        The columns of `taiwan`, with m0 the named month. Lags that would reach before April 2005 are missing in every row
        (as of August: status, bill, payment and utilisation of m5, payment_ratio of m4), so a card that is to be watched
        on August must not use them. The outcome is ``delinquent_next_month``, 1 where the next month's status is 2 or more,
        in place of ``default_next_month``: 2,968, 3,508, 4,209, 4,410 and 3,130 customers from April to August.
        It is another event than the default of `taiwan`, and rarer: 10.4 % as of August, where the default has 22.1 %.

    Raises
    ------
    SettingsError
        Where the month is none of the five; September, whose outcome is the default, is `taiwan`.
    DataError
        Where the bundled file is not the one that was published with this version.

    References
    ----------
    Yeh, I-C. and Lien, C-H. (2009). Expert Systems with Applications 36(2), 2473-2480.

    Examples
    --------
    >>> int(taiwan_as_of("2005-08").delinquent_next_month.sum())
    3130
    """
    name = month.strftime("%Y-%m") if isinstance(month, date) else month
    if name not in AS_OF:
        known = ", ".join(sorted(AS_OF))
        raise SettingsError(f"month is {name!r}; expected one of {known}. For September 2005 and its defaults use taiwan().")
    return AS_OF[name].load()
