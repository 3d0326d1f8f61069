"""A thousand applications for instalment credit at a bank in southern Germany."""

from __future__ import annotations

import pandas

from scorecard.datasets.bundle import Dataset

GERMAN = Dataset(
    name="german",
    file="german.parquet",
    sha256="a4253fdd83511d07a3ed67232d309bfc71ef7359d7f0f5bd3dcebd442869df51",
    sql="SELECT * FROM source",
    licence="CC BY 4.0",
    attribution=(
        "Hofmann, H. (1994). Statlog (German Credit Data). UCI Machine Learning Repository, data set 144. "
        "https://doi.org/10.24432/C5NC77."
    ),
)


def german() -> pandas.DataFrame:
    """Return which of 1,000 instalment credits were a good and which a bad risk.

    Returns
    -------
    pandas.DataFrame
        1,000 rows in the source's order; 300 (30.0 %) are bad. The bads were oversampled: the rate says nothing of the bank.
        Nothing is missing, there are no dates and no repeated rows. Money is in Deutsche Mark (DM).

        ===========================  ========================================================================================
        application                  number of the row in the source, 1 to 1,000
        checking_account             balance of the existing checking account: below 0 DM; 0 to below 200 DM;
                                     200 DM or more, or salary account; no checking account
        duration_months              4 to 72
        credit_history               no credits taken, or all paid back duly; all credits at this bank paid back duly; existing
                                     credits paid back duly till now; delay in paying off in the past; critical account,
                                     or other credits elsewhere
        purpose                      new car, used car, furniture or equipment, radio or television, domestic appliances, repairs,
                                     education, retraining, business, others
        amount_dm                    amount of the credit, 250 to 18,424
        savings                      savings account or bonds, five classes
        employment_since             at the present employer, five classes
        installment_rate_class       1 to 4: class of the instalment as a share of disposable income, 4 is the lowest share
        personal_status_and_sex      four classes; see below
        other_debtors                none, co-applicant, guarantor
        residence_since              1 to 4: class of the years at the present address
        property                     the most valuable one: real estate; building society savings or life insurance; car or other;
                                     unknown, or no property
        age_years                    19 to 75
        other_installment_plans      bank, stores, none
        housing                      rent, own, for free
        existing_credits             1 to 4: class of the number of credits at this bank
        job                          four classes
        dependents                   1 or 2: class of the number of people to provide for
        telephone                    none, registered
        foreign_worker               yes, no
        bad                          target: 1 where the credit was a bad risk (the source's 2), 0 where good (its 1)
        ===========================  ========================================================================================

        Personal status and sex, age and foreign worker are personal characteristics to test fairness by, not to decide by.

    Raises
    ------
    DataError
        Where the bundled file is not the one that was published with this version.

    Notes
    -----
    The labels are the source's, because published results use them. Groemping (2019) went back to earlier publications of the
    data and found many labels attached to the wrong codes. Among others, single men and women who are not single share the class
    "female, divorced, separated or married", so sex cannot be recovered from this file; the class "no checking account" holds the
    accounts with 200 DM or more; the amounts are a monotone transformation of the real ones. Counts, WoE and IV do not depend on
    labels, but no conclusion on people may be drawn from them.

    Some copies of the file in circulation have personal_status_and_sex shuffled across the rows; this one is the original.

    *Licence*: CC BY 4.0. Columns were named, codes put in words, the row number added, and the outcome written as 0 and 1.

    References
    ----------
    Hofmann, H. (1994). Statlog (German Credit Data). UCI Machine Learning Repository, data set 144.

    Groemping, U. (2019). South German Credit Data: Correcting a Widely Used Data Set. Reports in Mathematics, Physics and
    Chemistry 4/2019, Beuth University of Applied Sciences Berlin.

    Examples
    --------
    >>> int(german().bad.sum())
    300
    """
    return GERMAN.load()
