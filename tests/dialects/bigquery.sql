-- activity, generated for bigquery; not run by any test
WITH customer_periods AS (
  SELECT
    customer_id,
    CAST(DATE_TRUNC(order_date, MONTH) AS DATE) AS period_start,
    MAX(order_date) AS last_day,
    SUM(orders) AS orders,
    SUM(amount_minor) AS amount_minor
  FROM customer_days
  WHERE
    order_date <= CAST('2021-01-31' AS DATE)
  GROUP BY
    customer_id,
    CAST(DATE_TRUNC(order_date, MONTH) AS DATE)
  HAVING
    SUM(orders) > 0
), steps AS (
  SELECT
    *,
    DATE_DIFF(
      period_start,
      LAG(period_start) OVER (PARTITION BY customer_id ORDER BY period_start),
      month
    ) AS periods_since,
    DATE_DIFF(
      LEAD(period_start) OVER (PARTITION BY customer_id ORDER BY period_start),
      period_start,
      month
    ) AS periods_until
  FROM customer_periods
)
SELECT
  period_start,
  MAX(last_day) AS last_day,
  COUNT(*) AS customers,
  CAST(SUM(CASE WHEN periods_since IS NULL THEN 1 ELSE 0 END) AS INT64) AS `new`,
  CAST(SUM(CASE WHEN periods_since = 1 THEN 1 ELSE 0 END) AS INT64) AS kept,
  CAST(SUM(CASE WHEN periods_since > 1 THEN 1 ELSE 0 END) AS INT64) AS returned,
  CAST(SUM(orders) AS INT64) AS orders,
  CAST(SUM(CASE WHEN periods_since = 1 THEN orders ELSE 0 END) AS INT64) AS kept_orders,
  CAST(SUM(CASE WHEN periods_since > 1 THEN orders ELSE 0 END) AS INT64) AS returned_orders,
  CAST(SUM(amount_minor) AS INT64) AS amount_minor,
  CAST(SUM(CASE WHEN periods_since = 1 THEN amount_minor ELSE 0 END) AS INT64) AS kept_minor,
  CAST(SUM(CASE WHEN periods_since > 1 THEN amount_minor ELSE 0 END) AS INT64) AS returned_minor,
  CAST(SUM(CASE WHEN periods_until = 1 THEN 0 ELSE amount_minor END) AS INT64) AS leaving_minor
FROM steps
GROUP BY
  period_start
ORDER BY
  period_start NULLS LAST;

-- billing_rhythm, generated for bigquery; not run by any test
WITH order_days AS (
  SELECT
    customer_id,
    order_date
  FROM customer_days
  WHERE
    order_day <= CAST('2021-01-31' AS DATE)
), gaps AS (
  SELECT
    customer_id,
    DATE_DIFF(order_date, LAG(order_date) OVER (PARTITION BY customer_id ORDER BY order_date), DAY) AS days
  FROM order_days
), sums AS (
  SELECT
    customer_id,
    COUNT(days) AS n,
    CAST(SUM(days) AS INT64) AS total,
    CAST(SUM(days * days) AS INT64) AS squares
  FROM gaps
  GROUP BY
    customer_id
)
SELECT
  COUNT(*) AS customers,
  COUNT(CASE WHEN 25 * (
    n * squares - total * total
  ) < total * total THEN 1 END) AS even
FROM sums
WHERE
  n >= 3;

-- cohort_months, generated for bigquery; not run by any test
WITH customer_months AS (
  SELECT
    customer_id,
    CAST(DATE_TRUNC(order_date, MONTH) AS DATE) AS month,
    SUM(amount_minor) AS amount_minor,
    MAX(CASE WHEN orders > 0 THEN 1 ELSE 0 END) AS ordered
  FROM customer_days
  WHERE
    order_date <= CAST('2021-01-31' AS DATE)
  GROUP BY
    customer_id,
    CAST(DATE_TRUNC(order_date, MONTH) AS DATE)
), cohorts AS (
  SELECT
    customer_id,
    MIN(CASE WHEN ordered = 1 THEN month END) AS cohort
  FROM customer_months
  GROUP BY
    customer_id
)
SELECT
  cohorts.cohort,
  DATE_DIFF(customer_months.month, cohorts.cohort, MONTH) AS age_months,
  CAST(SUM(customer_months.ordered) AS INT64) AS active,
  CAST(SUM(customer_months.amount_minor) AS INT64) AS amount_minor
FROM customer_months
INNER JOIN cohorts
  ON customer_months.customer_id = cohorts.customer_id
WHERE
  customer_months.month >= cohorts.cohort
GROUP BY
  cohorts.cohort,
  age_months
ORDER BY
  cohort NULLS LAST,
  age_months NULLS LAST;

-- complaints, generated for bigquery; not run by any test
SELECT
  customer_id,
  opened
FROM tickets
WHERE
  opened <= CAST('2021-01-31' AS DATE) AND COALESCE(is_complaint, TRUE)
ORDER BY
  customer_id NULLS LAST,
  opened NULLS LAST;

-- consent, generated for bigquery; not run by any test
WITH known AS (
  SELECT
    customer_id,
    COALESCE(channel, '') AS channel,
    decided,
    CASE WHEN is_granted THEN 1 ELSE 0 END AS granted
  FROM consent
  WHERE
    decided <= CAST('2021-01-31' AS DATE)
), latest AS (
  SELECT
    known.customer_id,
    known.channel,
    known.decided,
    MIN(known.granted) AS granted
  FROM known
  JOIN (
    SELECT
      customer_id,
      channel,
      MAX(decided) AS decided
    FROM known
    GROUP BY
      customer_id,
      channel
  ) AS last
    ON known.customer_id = last.customer_id
    AND known.channel = last.channel
    AND known.decided = last.decided
  GROUP BY
    known.customer_id,
    known.channel,
    known.decided
), of_all AS (
  SELECT
    customer_id,
    decided
  FROM latest
  WHERE
    channel = ''
)
SELECT
  latest.customer_id
FROM latest
LEFT JOIN of_all
  ON latest.customer_id = of_all.customer_id
GROUP BY
  latest.customer_id
HAVING
  MAX(
    CASE
      WHEN latest.channel = '' OR of_all.decided IS NULL OR latest.decided > of_all.decided
      THEN latest.granted
      ELSE 0
    END
  ) = 0
ORDER BY
  latest.customer_id NULLS LAST;

-- contract_spells, generated for bigquery; not run by any test
WITH ordered AS (
  SELECT
    customer_id,
    start_date,
    CASE WHEN end_date <= CAST('2021-01-31' AS DATE) THEN end_date END AS end_date,
    reason,
    ROW_NUMBER() OVER (
      PARTITION BY customer_id
      ORDER BY start_date, COALESCE(end_date, CAST('9999-01-01' AS DATE)), COALESCE(reason, '')
    ) AS contract
  FROM contracts
  WHERE
    start_date <= CAST('2021-01-31' AS DATE)
), steps AS (
  SELECT
    *,
    CASE
      WHEN DATE_DIFF(
        start_date,
        MAX(COALESCE(end_date, CAST('9999-01-01' AS DATE))) OVER (
          PARTITION BY customer_id
          ORDER BY contract
          ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ),
        DAY
      ) <= 1
      THEN 0
      ELSE 1
    END AS is_start
  FROM ordered
), numbered AS (
  SELECT
    *,
    SUM(is_start) OVER (
      PARTITION BY customer_id
      ORDER BY contract
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS spell
  FROM steps
), ends AS (
  SELECT
    *,
    MAX(end_date) OVER (PARTITION BY customer_id, spell) AS last_end
  FROM numbered
)
SELECT
  customer_id,
  CAST(spell AS INT64) AS spell,
  MIN(start_date) AS spell_start,
  CASE WHEN COUNT(end_date) = COUNT(*) THEN MAX(end_date) END AS spell_end,
  CASE
    WHEN COUNT(end_date) = COUNT(*)
    THEN MAX(CASE WHEN end_date = last_end THEN reason END)
  END AS reason
FROM ends
GROUP BY
  customer_id,
  spell
ORDER BY
  customer_id NULLS LAST,
  spell NULLS LAST;

-- contracts_until, generated for bigquery; not run by any test
SELECT
  MAX(start_date) AS last_start,
  MAX(CASE WHEN NOT reason IS NULL THEN end_date END) AS last_end
FROM contracts;

-- customer_attributes, generated for bigquery; not run by any test
SELECT
  *
FROM customers
ORDER BY
  customer_id NULLS LAST;

-- customer_days, generated for bigquery; not run by any test
WITH each_order AS (
  SELECT
    customer_id,
    order_date,
    SUM(amount_minor) AS amount_minor,
    MAX(CASE WHEN amount_minor >= 0 THEN 1 ELSE 0 END) AS is_order
  FROM transactions
  GROUP BY
    customer_id,
    order_date,
    order_id
)
SELECT
  customer_id,
  order_date,
  CAST(SUM(amount_minor) AS INT64) AS amount_minor,
  CAST(SUM(is_order) AS INT64) AS orders,
  CASE WHEN SUM(is_order) > 0 THEN order_date END AS order_day
FROM each_order
GROUP BY
  customer_id,
  order_date
ORDER BY
  customer_id NULLS LAST,
  order_date NULLS LAST;

-- customer_summary, generated for bigquery; not run by any test
SELECT
  customer_id,
  COUNT(CASE WHEN order_day <= CAST('2021-01-31' AS DATE) THEN 1 END) - 1 AS frequency,
  MIN(order_day) AS first_order,
  MAX(CASE WHEN order_day <= CAST('2021-01-31' AS DATE) THEN order_day END) AS last_order,
  CAST(SUM(CASE WHEN order_date <= CAST('2021-01-31' AS DATE) THEN orders END) AS INT64) AS orders,
  CAST(SUM(CASE WHEN order_date <= CAST('2021-01-31' AS DATE) THEN amount_minor END) AS INT64) AS total_minor,
  MIN_BY(amount_minor, order_day) AS first_day_minor,
  COUNT(CASE WHEN order_day > CAST('2021-01-31' AS DATE) THEN 1 END) AS holdout_frequency,
  CAST(COALESCE(SUM(CASE WHEN order_date > CAST('2021-01-31' AS DATE) THEN amount_minor END), 0) AS INT64) AS holdout_minor
FROM customer_days
WHERE
  order_date <= CAST('2021-01-31' AS DATE)
GROUP BY
  customer_id
HAVING
  MIN(order_day) <= CAST('2021-01-31' AS DATE)
ORDER BY
  customer_id NULLS LAST;

-- first_of_parts, generated for bigquery; not run by any test
WITH numbered AS (
  SELECT
    customer_id,
    ROW_NUMBER() OVER (ORDER BY customer_id) - 1 AS place
  FROM (
    SELECT DISTINCT
      customer_id
    FROM customer_days
  ) AS customers
)
SELECT
  customer_id
FROM numbered
WHERE
  MOD(place, CAST('2021-01-31' AS DATE)) = 0
ORDER BY
  customer_id NULLS LAST;

-- order_days, generated for bigquery; not run by any test
WITH firsts AS (
  SELECT
    customer_id,
    MIN(order_day) AS first_order
  FROM customer_days
  WHERE
    order_day <= CAST('2021-01-31' AS DATE)
  GROUP BY
    customer_id
  HAVING
    MIN(order_day) <= CAST('2021-01-31' AS DATE)
)
SELECT
  customer_days.order_date,
  COUNT(*) AS order_days,
  COUNT(CASE WHEN customer_days.order_date = firsts.first_order THEN 1 END) AS first_days
FROM customer_days
INNER JOIN firsts
  ON customer_days.customer_id = firsts.customer_id
WHERE
  customer_days.order_day <= CAST('2021-01-31' AS DATE)
GROUP BY
  customer_days.order_date
ORDER BY
  customer_days.order_date NULLS LAST;

-- order_gaps, generated for bigquery; not run by any test
WITH order_days AS (
  SELECT
    customer_id,
    order_date
  FROM customer_days
  WHERE
    order_day <= CAST('2021-01-31' AS DATE)
), gaps AS (
  SELECT
    customer_id,
    DATE_DIFF(order_date, LAG(order_date) OVER (PARTITION BY customer_id ORDER BY order_date), DAY) AS days
  FROM order_days
)
SELECT
  customer_id,
  COALESCE(SUM(LN(CAST(days AS FLOAT64))), 0.0) AS log_gaps
FROM gaps
GROUP BY
  customer_id
ORDER BY
  customer_id NULLS LAST;

-- order_spells, generated for bigquery; not run by any test
WITH order_days AS (
  SELECT
    customer_id,
    order_date
  FROM customer_days
  WHERE
    order_day <= CAST('2021-01-31' AS DATE)
), steps AS (
  SELECT
    customer_id,
    order_date,
    CASE
      WHEN DATE_DIFF(order_date, LAG(order_date) OVER (PARTITION BY customer_id ORDER BY order_date), DAY) <= 60
      THEN 0
      ELSE 1
    END AS is_start
  FROM order_days
), numbered AS (
  SELECT
    customer_id,
    order_date,
    SUM(is_start) OVER (
      PARTITION BY customer_id
      ORDER BY order_date
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS spell
  FROM steps
)
SELECT
  customer_id,
  CAST(spell AS INT64) AS spell,
  MIN(order_date) AS spell_start,
  MAX(order_date) AS last_order,
  COUNT(*) AS order_days
FROM numbered
GROUP BY
  customer_id,
  spell
ORDER BY
  customer_id NULLS LAST,
  spell NULLS LAST;

-- pace, generated for bigquery; not run by any test
WITH days AS (
  SELECT
    *
  FROM customer_days
  WHERE
    order_date <= CAST('2021-01-31' AS DATE)
), firsts AS (
  SELECT
    customer_id,
    MIN(order_day) AS first_order
  FROM days
  GROUP BY
    customer_id
)
SELECT
  firsts.customer_id,
  MIN(firsts.first_order) AS first_order,
  MAX(days.order_day) AS last_order,
  COUNT(days.order_day) AS order_days,
  CAST(SUM(days.amount_minor) AS INT64) AS total_minor,
  SUM(CAST(days.amount_minor AS FLOAT64) * CAST(days.amount_minor AS FLOAT64)) AS total_squares,
  COUNT(
    CASE
      WHEN days.order_day > firsts.first_order
      AND days.order_day >= CAST('2021-01-31' AS DATE)
      AND days.order_day < CAST('2021-01-31' AS DATE)
      THEN 1
    END
  ) AS habit_order_days,
  COUNT(
    CASE
      WHEN days.order_day > firsts.first_order
      AND days.order_day >= CAST('2021-01-31' AS DATE)
      THEN 1
    END
  ) AS recent_order_days
FROM firsts
INNER JOIN days
  ON firsts.customer_id = days.customer_id
WHERE
  NOT firsts.first_order IS NULL
GROUP BY
  firsts.customer_id
ORDER BY
  firsts.customer_id NULLS LAST;

-- period_orders, generated for bigquery; not run by any test
WITH numbered AS (
  SELECT
    *,
    CAST(CEIL(CAST(DATE_DIFF(order_date, CAST('2021-01-31' AS DATE), DAY) AS FLOAT64) / 28) AS INT64) AS period
  FROM customer_days
  WHERE
    order_date <= CAST('2021-01-31' AS DATE)
)
SELECT
  customer_id,
  period,
  COUNT(order_day) AS order_days,
  MIN(order_day) AS first_order,
  MAX(order_day) AS last_order,
  CAST(SUM(amount_minor) AS INT64) AS amount_minor
FROM numbered
GROUP BY
  customer_id,
  period
ORDER BY
  customer_id NULLS LAST,
  period NULLS LAST;

-- quality_days, generated for bigquery; not run by any test
SELECT
  order_date,
  COUNT(*) AS lines,
  COUNT(DISTINCT order_id) AS orders,
  COUNT(DISTINCT customer_id) AS customers,
  CAST(SUM(amount_minor) AS INT64) AS amount_minor
FROM transactions
WHERE
  order_date <= CAST('2021-01-31' AS DATE)
GROUP BY
  order_date
ORDER BY
  order_date NULLS LAST;

-- quality_described, generated for bigquery; not run by any test
WITH spent AS (
  SELECT
    customer_id,
    SUM(amount_minor) AS amount_minor
  FROM customer_days
  WHERE
    order_date <= CAST('2021-01-31' AS DATE)
  GROUP BY
    customer_id
)
SELECT
  NOT customers.customer_id IS NULL AS described,
  COUNT(*) AS customers,
  CAST(SUM(spent.amount_minor) AS INT64) AS amount_minor
FROM spent
LEFT JOIN customers
  ON spent.customer_id = customers.customer_id
GROUP BY
  described
ORDER BY
  described NULLS LAST;

-- quality_first_orders, generated for bigquery; not run by any test
WITH firsts AS (
  SELECT
    customer_id,
    MIN(order_day) AS first_date
  FROM customer_days
  WHERE
    order_day <= CAST('2021-01-31' AS DATE)
  GROUP BY
    customer_id
)
SELECT
  CAST(DATE_TRUNC(first_date, MONTH) AS DATE) AS month,
  COUNT(*) AS customers
FROM firsts
GROUP BY
  month
ORDER BY
  month NULLS LAST;

-- quality_lines, generated for bigquery; not run by any test
WITH distinct_lines AS (
  SELECT
    customer_id,
    order_id,
    order_date,
    amount_minor,
    product_id,
    category,
    quantity,
    COUNT(*) AS times
  FROM transactions
  WHERE
    order_date <= CAST('2021-01-31' AS DATE)
  GROUP BY
    customer_id,
    order_id,
    order_date,
    amount_minor,
    product_id,
    category,
    quantity
), marked AS (
  SELECT
    *,
    order_date >= CAST('2021-01-31' AS DATE) AS in_period
  FROM distinct_lines
)
SELECT
  in_period,
  CAST(SUM(times) AS INT64) AS lines,
  CAST(SUM(times * amount_minor) AS INT64) AS amount_minor,
  CAST(SUM(CASE WHEN amount_minor = 0 THEN times ELSE 0 END) AS INT64) AS zero_lines,
  CAST(SUM(CASE WHEN amount_minor < 0 THEN times ELSE 0 END) AS INT64) AS return_lines,
  CAST(SUM(CASE WHEN amount_minor < 0 THEN times * amount_minor ELSE 0 END) AS INT64) AS return_minor,
  CAST(SUM(times - 1) AS INT64) AS identical,
  CAST(SUM((
    times - 1
  ) * amount_minor) AS INT64) AS identical_minor,
  CAST(SUM(CASE WHEN quantity = 0 THEN times ELSE 0 END) AS INT64) AS zero_quantity,
  CAST(SUM(CASE WHEN product_id IS NULL THEN times ELSE 0 END) AS INT64) AS without_product,
  CAST(SUM(CASE WHEN category IS NULL THEN times ELSE 0 END) AS INT64) AS without_category,
  CAST(SUM(CASE WHEN category IS NULL THEN times * amount_minor ELSE 0 END) AS INT64) AS without_category_minor,
  CAST(SUM(CASE WHEN quantity IS NULL THEN times ELSE 0 END) AS INT64) AS without_quantity
FROM marked
GROUP BY
  in_period
ORDER BY
  in_period NULLS LAST;

-- quality_orders, generated for bigquery; not run by any test
WITH orders AS (
  SELECT
    order_id,
    MIN(order_date) AS order_date,
    SUM(amount_minor) AS amount_minor,
    MIN(amount_minor) AS least_minor,
    MIN(customer_id) AS first_customer,
    MAX(customer_id) AS last_customer,
    MAX(order_date) AS last_date
  FROM transactions
  WHERE
    order_date <= CAST('2021-01-31' AS DATE)
  GROUP BY
    order_id
)
SELECT
  order_date >= CAST('2021-01-31' AS DATE) AS in_period,
  COUNT(*) AS orders,
  CAST(SUM(CASE WHEN amount_minor = 0 AND least_minor = 0 THEN 1 ELSE 0 END) AS INT64) AS paid_nothing,
  CAST(SUM(CASE WHEN first_customer <> last_customer THEN 1 ELSE 0 END) AS INT64) AS of_two_customers,
  CAST(SUM(CASE WHEN order_date <> last_date THEN 1 ELSE 0 END) AS INT64) AS on_two_days
FROM orders
GROUP BY
  in_period
ORDER BY
  in_period NULLS LAST;

-- quality_quantities, generated for bigquery; not run by any test
SELECT
  category,
  COUNT(*) AS lines,
  CAST(SUM(amount_minor) AS INT64) AS amount_minor,
  PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY
    quantity NULLS LAST) AS median,
  PERCENTILE_DISC(0.99) WITHIN GROUP (ORDER BY
    quantity NULLS LAST) AS p99,
  MAX(quantity) AS largest,
  CAST(SUM(CASE WHEN quantity > 100 THEN 1 ELSE 0 END) AS INT64) AS beyond_pieces
FROM transactions
WHERE
  order_date <= CAST('2021-01-31' AS DATE) AND NOT quantity IS NULL
GROUP BY
  category
ORDER BY
  largest DESC,
  category NULLS LAST;

-- second_order, generated for bigquery; not run by any test
WITH order_days AS (
  SELECT
    customer_id,
    order_date
  FROM customer_days
  WHERE
    order_day <= CAST('2021-01-31' AS DATE)
), firsts AS (
  SELECT
    customer_id,
    MIN(order_date) AS first_day
  FROM order_days
  GROUP BY
    customer_id
  HAVING
    MIN(order_date) >= CAST('2021-01-31' AS DATE)
)
SELECT
  firsts.customer_id,
  firsts.first_day,
  DATE_DIFF(CAST(CAST('2021-01-31' AS DATE) AS DATE), firsts.first_day, DAY) AS days_observed,
  DATE_DIFF(
    MIN(
      CASE WHEN order_days.order_date > firsts.first_day THEN order_days.order_date END
    ),
    firsts.first_day,
    DAY
  ) AS days_to_second
FROM firsts
INNER JOIN order_days
  ON firsts.customer_id = order_days.customer_id
GROUP BY
  firsts.customer_id,
  firsts.first_day
ORDER BY
  firsts.customer_id NULLS LAST;

-- segment_history, generated for bigquery; not run by any test
WITH days AS (
  SELECT
    *
  FROM customer_days
  WHERE
    order_date < CAST('2021-01-31' AS DATE)
), starts AS (
  SELECT DISTINCT
    CAST(DATE_TRUNC(order_date, MONTH) AS DATE) AS next_day
  FROM days
), dates AS (
  SELECT
    next_day
  FROM starts
  WHERE
    next_day >= CAST('2021-01-31' AS DATE)
    OR next_day = CAST('2021-01-31' AS DATE)
    OR next_day = CAST('2021-01-31' AS DATE)
  UNION DISTINCT
  SELECT
    CAST(CAST('2021-01-31' AS DATE) AS DATE) AS next_day
), to_date AS (
  SELECT
    dates.next_day,
    days.customer_id,
    MIN(days.order_day) AS first_order,
    MAX(days.order_day) AS last_order,
    SUM(days.orders) AS orders_to_date,
    SUM(
      CASE
        WHEN DATE_DIFF(dates.next_day, days.order_date, DAY) <= 365
        THEN days.orders
        ELSE 0
      END
    ) AS orders,
    SUM(
      CASE
        WHEN DATE_DIFF(dates.next_day, days.order_date, DAY) <= 365
        THEN days.amount_minor
        ELSE 0
      END
    ) AS amount_minor
  FROM days
  INNER JOIN dates
    ON days.order_date < dates.next_day
  GROUP BY
    dates.next_day,
    days.customer_id
  HAVING
    NOT MIN(days.order_day) IS NULL
), placed AS (
  SELECT
    next_day,
    first_order,
    orders_to_date,
    orders,
    CASE WHEN amount_minor > 0 THEN amount_minor ELSE 0 END AS spend_minor,
    DATE_DIFF(next_day, last_order, DAY) - 1 AS days_silent,
    LAG(DATE_DIFF(next_day, last_order, DAY) - 1) OVER (PARTITION BY customer_id ORDER BY next_day) AS days_silent_before,
    ROW_NUMBER() OVER (PARTITION BY next_day ORDER BY amount_minor DESC NULLS FIRST, customer_id) AS place,
    COUNT(*) OVER (PARTITION BY next_day) AS customers
  FROM to_date
)
SELECT
  next_day,
  COUNT(*) AS customers,
  CAST(SUM(CASE WHEN days_silent < 60 THEN 1 ELSE 0 END) AS INT64) AS active,
  CAST(SUM(
    CASE
      WHEN days_silent >= 60 OR orders_to_date <= 1 OR orders < CAST(12.0 AS FLOAT64)
      THEN 0
      WHEN first_order > CAST('2021-01-31' AS DATE)
      AND DATE_DIFF(next_day, first_order, DAY) - 1 <= 90
      THEN 0
      ELSE 1
    END
  ) AS INT64) AS loyal,
  CAST(SUM(CASE WHEN days_silent >= 60 AND days_silent_before < 60 THEN 1 ELSE 0 END) AS INT64) AS fell_silent,
  CAST(SUM(spend_minor) AS INT64) AS spend_minor,
  CAST(SUM(CASE WHEN 5 * place < customers + 5 THEN spend_minor ELSE 0 END) AS INT64) AS top_minor
FROM placed
GROUP BY
  next_day
ORDER BY
  next_day NULLS LAST;

-- silences, generated for bigquery; not run by any test
WITH order_days AS (
  SELECT
    customer_id,
    order_date
  FROM customer_days
  WHERE
    order_day <= CAST('2021-01-31' AS DATE)
), steps AS (
  SELECT
    customer_id,
    order_date,
    LEAD(order_date) OVER (PARTITION BY customer_id ORDER BY order_date) AS next_order
  FROM order_days
), silences AS (
  SELECT
    customer_id,
    CASE WHEN next_order IS NULL THEN 0 ELSE 1 END AS ended,
    DATE_DIFF(COALESCE(next_order, CAST('2021-01-31' AS DATE)), order_date, DAY) AS days,
    CASE
      WHEN next_order > CAST('2021-01-31' AS DATE)
      THEN DATE_DIFF(next_order, order_date, DAY)
    END AS habit_days
  FROM steps
), customers AS (
  SELECT
    customer_id,
    MOD(ROW_NUMBER() OVER (ORDER BY customer_id) - 1, 5) AS customer_group,
    MAX(habit_days) AS longest_days
  FROM silences
  GROUP BY
    customer_id
), counts AS (
  SELECT
    customers.customer_group,
    silences.days,
    silences.ended,
    COUNT(*) AS silences
  FROM silences
  INNER JOIN customers
    ON silences.customer_id = customers.customer_id
  WHERE
    silences.days > 0
  GROUP BY
    customers.customer_group,
    silences.days,
    silences.ended
), longest AS (
  SELECT
    customer_group,
    longest_days AS days,
    1 AS ended,
    COUNT(*) AS longest
  FROM customers
  WHERE
    NOT longest_days IS NULL
  GROUP BY
    customer_group,
    longest_days
)
SELECT
  counts.customer_group,
  counts.days,
  counts.ended,
  counts.silences,
  COALESCE(longest.longest, 0) AS longest
FROM counts
LEFT JOIN longest
  ON counts.customer_group = longest.customer_group
  AND counts.days = longest.days
  AND counts.ended = longest.ended
ORDER BY
  counts.customer_group NULLS LAST,
  counts.days NULLS LAST,
  counts.ended NULLS LAST;

-- spend_between, generated for bigquery; not run by any test
SELECT
  customer_id,
  COUNT(order_day) AS order_days,
  CAST(SUM(amount_minor) AS INT64) AS amount_minor
FROM customer_days
WHERE
  order_date > CAST('2021-01-31' AS DATE)
  AND order_date <= CAST('2021-01-31' AS DATE)
GROUP BY
  customer_id
ORDER BY
  customer_id NULLS LAST;

-- stayed_away, generated for bigquery; not run by any test
SELECT
  customer_id,
  CAST(SUM(orders) AS INT64) AS orders,
  CAST(SUM(CASE WHEN order_date <= CAST('2021-01-31' AS DATE) THEN amount_minor ELSE 0 END) AS INT64) AS spend_minor,
  MAX(order_day) AS last_order
FROM customer_days
WHERE
  order_date BETWEEN CAST('2021-01-31' AS DATE) AND CAST('2021-01-31' AS DATE)
GROUP BY
  customer_id
HAVING
  MAX(order_day) <= CAST('2021-01-31' AS DATE)
ORDER BY
  customer_id NULLS LAST;
