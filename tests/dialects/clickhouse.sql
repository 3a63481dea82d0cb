-- activity, generated for clickhouse; not run by any test
WITH customer_periods AS (
  SELECT
    customer_id,
    CAST(dateTrunc('MONTH', order_date) AS Nullable(Date32)) AS period_start,
    MAX(order_date) AS last_day,
    SUM(orders) AS orders,
    SUM(amount_minor) AS amount_minor
  FROM customer_days
  WHERE
    order_date <= CAST('2021-01-31' AS Nullable(Date32))
  GROUP BY
    customer_id,
    CAST(dateTrunc('MONTH', order_date) AS Nullable(Date32))
  HAVING
    SUM(orders) > 0
), steps AS (
  SELECT
    *,
    DATE_DIFF(
      month,
      lag(period_start) OVER (PARTITION BY customer_id ORDER BY period_start),
      period_start
    ) AS periods_since,
    DATE_DIFF(
      month,
      period_start,
      lead(period_start) OVER (PARTITION BY customer_id ORDER BY period_start)
    ) AS periods_until
  FROM customer_periods
)
SELECT
  period_start,
  MAX(last_day) AS last_day,
  toInt64(COUNT(*)) AS customers,
  CAST(SUM(CASE WHEN periods_since IS NULL THEN 1 ELSE 0 END) AS Nullable(Int64)) AS new,
  CAST(SUM(CASE WHEN periods_since = 1 THEN 1 ELSE 0 END) AS Nullable(Int64)) AS kept,
  CAST(SUM(CASE WHEN periods_since > 1 THEN 1 ELSE 0 END) AS Nullable(Int64)) AS returned,
  CAST(SUM(orders) AS Nullable(Int64)) AS orders,
  CAST(SUM(CASE WHEN periods_since = 1 THEN orders ELSE 0 END) AS Nullable(Int64)) AS kept_orders,
  CAST(SUM(CASE WHEN periods_since > 1 THEN orders ELSE 0 END) AS Nullable(Int64)) AS returned_orders,
  CAST(SUM(amount_minor) AS Nullable(Int64)) AS amount_minor,
  CAST(SUM(CASE WHEN periods_since = 1 THEN amount_minor ELSE 0 END) AS Nullable(Int64)) AS kept_minor,
  CAST(SUM(CASE WHEN periods_since > 1 THEN amount_minor ELSE 0 END) AS Nullable(Int64)) AS returned_minor,
  CAST(SUM(CASE WHEN periods_until = 1 THEN 0 ELSE amount_minor END) AS Nullable(Int64)) AS leaving_minor
FROM steps
GROUP BY
  period_start
ORDER BY
  period_start;

-- around_start, generated for clickhouse; not run by any test
WITH pace AS (
  
  
  
  
  
  
  
  
  WITH known AS (
    SELECT
      customer_id,
      MIN(order_day) AS first_order,
      MAX(order_day) AS last_order,
      toInt64(COUNT(order_day)) AS order_days,
      CAST(SUM(amount_minor) AS Nullable(Int64)) AS total_minor,
      SUM(
        CAST(amount_minor AS Nullable(Float64)) * CAST(amount_minor AS Nullable(Float64))
      ) AS total_squares,
      toInt64(
        COUNT(
          CASE
            WHEN order_day >= CAST('2021-01-31' AS Nullable(Date32))
            AND order_day < CAST('2021-01-31' AS Nullable(Date32))
            THEN 1
          END
        )
      ) AS habit_order_days,
      toInt64(COUNT(CASE WHEN order_day >= CAST('2021-01-31' AS Nullable(Date32)) THEN 1 END)) AS recent_order_days
    FROM customer_days
    WHERE
      order_date <= CAST('2021-01-31' AS Nullable(Date32))
    GROUP BY
      customer_id
  )
  SELECT
    customer_id,
    first_order,
    last_order,
    order_days,
    total_minor,
    total_squares,
    habit_order_days - CASE
      WHEN first_order >= CAST('2021-01-31' AS Nullable(Date32))
      AND first_order < CAST('2021-01-31' AS Nullable(Date32))
      THEN 1
      ELSE 0
    END AS habit_order_days,
    recent_order_days - CASE WHEN first_order >= CAST('2021-01-31' AS Nullable(Date32)) THEN 1 ELSE 0 END AS recent_order_days
  FROM known
  WHERE
    NOT (
      first_order IS NULL
    )
), segments AS (
  
  
  
  
  
  
  WITH paces AS (
    SELECT
      customer_id,
      habit_order_days + recent_order_days AS orders,
      CASE
        WHEN DATE_DIFF(DAY, first_order, CAST('2021-01-31' AS Nullable(Date32))) < 393
        THEN DATE_DIFF(DAY, first_order, CAST('2021-01-31' AS Nullable(Date32)))
        ELSE 393
      END AS days
    FROM pace
  ), gaps AS (
    SELECT
      customer_id,
      CAST(30.4375 AS Nullable(Float64)) / CAST(CAST(30.4375 AS Nullable(Float64)) * (
        orders + CAST(0.75 AS Nullable(Float64))
      ) / CAST(days + 28 AS Nullable(Float64)) AS Nullable(Float64)) AS gap
    FROM paces
  )
  SELECT
    customer_id,
    CASE
      WHEN gap <= CAST(8.0 AS Nullable(Float64))
      THEN '0'
      WHEN gap <= CAST(15.0 AS Nullable(Float64))
      THEN '1'
      WHEN gap <= CAST(24.0 AS Nullable(Float64))
      THEN '2'
      ELSE '3'
    END AS segment
  FROM gaps
), ordered AS (
  SELECT
    customer_id,
    MAX(order_day) AS day
  FROM customer_days
  WHERE
    order_day >= CAST('2021-01-31' AS Nullable(Date32))
    AND order_day < CAST('2021-01-31' AS Nullable(Date32))
  GROUP BY
    customer_id
  UNION ALL
  SELECT
    customer_id,
    order_day AS day
  FROM customer_days
  WHERE
    order_day >= CAST('2021-01-31' AS Nullable(Date32))
    AND order_day <= CAST('2021-01-31' AS Nullable(Date32))
), steps AS (
  SELECT
    customer_id,
    day,
    lead(day) OVER (PARTITION BY customer_id ORDER BY day) AS next_day
  FROM ordered
), each AS (
  SELECT
    customer_id,
    MIN(day) AS last_before,
    MAX(
      CASE
        WHEN next_day IS NULL
        THEN DATE_DIFF(DAY, day, CAST('2021-01-31' AS Nullable(Date32)))
        ELSE DATE_DIFF(DAY, day, next_day) - 1
      END
    ) AS silent_days
  FROM steps
  GROUP BY
    customer_id
  HAVING
    MIN(day) < CAST('2021-01-31' AS Nullable(Date32))
)
SELECT
  segments.segment,
  DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), each.last_before) AS last_day,
  each.silent_days,
  toInt64(COUNT(*)) AS customers
FROM each
LEFT JOIN segments
  ON each.customer_id = segments.customer_id
GROUP BY
  segments.segment,
  each.last_before,
  each.silent_days
ORDER BY
  segments.segment,
  last_day,
  each.silent_days;

-- billing_rhythm, generated for clickhouse; not run by any test
WITH order_days AS (
  SELECT
    customer_id,
    order_date
  FROM customer_days
  WHERE
    order_day <= CAST('2021-01-31' AS Nullable(Date32))
), gaps AS (
  SELECT
    customer_id,
    DATE_DIFF(DAY, lag(order_date) OVER (PARTITION BY customer_id ORDER BY order_date), order_date) AS days
  FROM order_days
), sums AS (
  SELECT
    customer_id,
    toInt64(COUNT(days)) AS n,
    CAST(SUM(days) AS Nullable(Int64)) AS total,
    CAST(SUM(days * days) AS Nullable(Int64)) AS squares
  FROM gaps
  GROUP BY
    customer_id
)
SELECT
  toInt64(COUNT(*)) AS customers,
  toInt64(
    COUNT(CASE WHEN 25 * (
      n * squares - total * total
    ) < total * total THEN 1 END)
  ) AS even
FROM sums
WHERE
  n >= 3;

-- cohort_months, generated for clickhouse; not run by any test
WITH customer_months AS (
  SELECT
    customer_id,
    CAST(dateTrunc('MONTH', order_date) AS Nullable(Date32)) AS month,
    SUM(amount_minor) AS amount_minor,
    MAX(CASE WHEN orders > 0 THEN 1 ELSE 0 END) AS ordered
  FROM customer_days
  WHERE
    order_date <= CAST('2021-01-31' AS Nullable(Date32))
  GROUP BY
    customer_id,
    CAST(dateTrunc('MONTH', order_date) AS Nullable(Date32))
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
  DATE_DIFF(MONTH, cohorts.cohort, customer_months.month) AS age_months,
  CAST(SUM(customer_months.ordered) AS Nullable(Int64)) AS active,
  CAST(SUM(customer_months.amount_minor) AS Nullable(Int64)) AS amount_minor
FROM customer_months
INNER JOIN cohorts
  ON customer_months.customer_id = cohorts.customer_id
WHERE
  customer_months.month >= cohorts.cohort
GROUP BY
  cohorts.cohort,
  DATE_DIFF(MONTH, cohorts.cohort, customer_months.month)
ORDER BY
  cohort,
  age_months;

-- complaints, generated for clickhouse; not run by any test
SELECT
  customer_id,
  opened
FROM tickets
WHERE
  opened <= CAST('2021-01-31' AS Nullable(Date32)) AND COALESCE(is_complaint, TRUE)
ORDER BY
  customer_id,
  opened;

-- compressed_gaps, generated for clickhouse; not run by any test
WITH order_days AS (
  SELECT
    customer_id,
    order_day
  FROM customer_days
  WHERE
    order_day <= CAST('2021-01-31' AS Nullable(Date32))
), gaps AS (
  SELECT
    customer_id,
    order_day,
    lag(order_day) OVER (PARTITION BY customer_id ORDER BY order_day) AS day_before,
    MIN(order_day) OVER (PARTITION BY customer_id) AS first_order
  FROM order_days
), each AS (
  SELECT
    customer_id,
    MIN(first_order) AS first_order,
    MAX(order_day) AS last_order,
    toInt64(COUNT(*)) AS order_days,
    CASE
      WHEN MIN(first_order) <= CAST('2021-01-31' AS Nullable(Date32))
      THEN 1
      ELSE 0
    END AS there_before,
    SUM(
      CASE
        WHEN NOT (
          day_before IS NULL
        )
        THEN CAST(ROUND(LN(CAST(DATE_DIFF(DAY, day_before, order_day) AS Nullable(Float64))) * 1e9) AS Nullable(Int64))
        WHEN first_order <= CAST('2021-01-31' AS Nullable(Date32))
        THEN CAST(ROUND(
          LN(
            CAST(DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), order_day) + 1 AS Nullable(Float64))
          ) * 1e9
        ) AS Nullable(Int64))
        ELSE 0
      END
    ) AS log_gaps
  FROM gaps
  GROUP BY
    customer_id
), histories AS (
  SELECT
    there_before,
    order_days - 1 + there_before AS frequency,
    CASE
      WHEN there_before = 0
      THEN DATE_DIFF(DAY, first_order, last_order)
      ELSE DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), last_order) + 1
    END AS recency,
    CASE
      WHEN there_before = 0
      THEN DATE_DIFF(DAY, first_order, CAST('2021-01-31' AS Nullable(Date32)))
      ELSE DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), CAST('2021-01-31' AS Nullable(Date32))) + 1
    END AS age,
    log_gaps
  FROM each
)
SELECT
  there_before,
  frequency,
  recency,
  age,
  CAST(SUM(log_gaps) AS Nullable(Int64)) AS log_gaps
FROM histories
GROUP BY
  there_before,
  frequency,
  recency,
  age
ORDER BY
  there_before,
  frequency,
  recency,
  age;

-- compressed_rows, generated for clickhouse; not run by any test
WITH each AS (
  SELECT
    MIN(order_day) AS first_order,
    MAX(order_day) AS last_order,
    toInt64(COUNT(order_day)) AS order_days,
    toInt64(COUNT(CASE WHEN order_day >= CAST('2021-01-31' AS Nullable(Date32)) THEN 1 END)) AS counted,
    CASE
      WHEN MIN(order_day) <= CAST('2021-01-31' AS Nullable(Date32))
      OR MIN(order_day) < CAST('2021-01-31' AS Nullable(Date32))
      THEN 1
      ELSE 0
    END AS there_before
  FROM customer_days
  WHERE
    order_day <= CAST('2021-01-31' AS Nullable(Date32))
  GROUP BY
    customer_id
), histories AS (
  SELECT
    there_before,
    CASE WHEN there_before = 1 THEN counted ELSE order_days - 1 END AS frequency,
    CASE
      WHEN there_before = 0
      THEN DATE_DIFF(DAY, first_order, last_order)
      WHEN counted > 0
      THEN DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), last_order) + 1
      ELSE 0
    END AS recency,
    CASE
      WHEN there_before = 0
      THEN DATE_DIFF(DAY, first_order, CAST('2021-01-31' AS Nullable(Date32)))
      ELSE DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), CAST('2021-01-31' AS Nullable(Date32))) + 1
    END AS age
  FROM each
)
SELECT
  there_before,
  frequency,
  recency,
  age,
  toInt64(COUNT(*)) AS customers
FROM histories
GROUP BY
  there_before,
  frequency,
  recency,
  age
ORDER BY
  there_before,
  frequency,
  recency,
  age;

-- consent, generated for clickhouse; not run by any test
WITH known AS (
  SELECT
    customer_id,
    COALESCE(channel, '') AS channel,
    decided,
    CASE WHEN is_granted THEN 1 ELSE 0 END AS granted
  FROM consent
  WHERE
    decided <= CAST('2021-01-31' AS Nullable(Date32))
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
  latest.customer_id;

-- contract_spells, generated for clickhouse; not run by any test
WITH ordered AS (
  SELECT
    customer_id,
    start_date,
    CASE WHEN end_date <= CAST('2021-01-31' AS Nullable(Date32)) THEN end_date END AS end_date,
    reason,
    ROW_NUMBER() OVER (
      PARTITION BY customer_id
      ORDER BY start_date, COALESCE(end_date, CAST('9999-01-01' AS Nullable(Date32))), COALESCE(reason, '')
    ) AS contract
  FROM contracts
  WHERE
    start_date <= CAST('2021-01-31' AS Nullable(Date32))
), steps AS (
  SELECT
    *,
    CASE
      WHEN DATE_DIFF(
        DAY,
        MAX(COALESCE(end_date, CAST('9999-01-01' AS Nullable(Date32)))) OVER (
          PARTITION BY customer_id
          ORDER BY contract
          ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ),
        start_date
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
), spans AS (
  SELECT
    customer_id,
    CAST(spell AS Nullable(Int64)) AS spell,
    DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), MIN(start_date)) AS start_day,
    CASE
      WHEN toInt64(COUNT(end_date)) = toInt64(COUNT(*))
      THEN DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), MAX(end_date))
    END AS end_day,
    CASE
      WHEN toInt64(COUNT(end_date)) = toInt64(COUNT(*))
      THEN MAX(CASE WHEN end_date = last_end THEN reason END)
    END AS reason
  FROM ends
  GROUP BY
    customer_id,
    spell
)
SELECT
  customer_id,
  spell,
  start_day - 1 AS origin_day,
  start_day,
  end_day,
  lead(start_day) OVER (PARTITION BY customer_id ORDER BY spell) AS next_day,
  CASE
    WHEN spell > 1
    OR start_day > DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), CAST('2021-01-31' AS Nullable(Date32)))
    THEN 1
    ELSE 0
  END AS start_known,
  reason
FROM spans
ORDER BY
  customer_id,
  spell;

-- contract_times, generated for clickhouse; not run by any test
WITH spells AS (
  
  
  
  
  
  
  
  
  WITH ordered AS (
    SELECT
      customer_id,
      start_date,
      CASE WHEN end_date <= CAST('2021-01-31' AS Nullable(Date32)) THEN end_date END AS end_date,
      reason,
      ROW_NUMBER() OVER (
        PARTITION BY customer_id
        ORDER BY start_date, COALESCE(end_date, CAST('9999-01-01' AS Nullable(Date32))), COALESCE(reason, '')
      ) AS contract
    FROM contracts
    WHERE
      start_date <= CAST('2021-01-31' AS Nullable(Date32))
  ), steps AS (
    SELECT
      *,
      CASE
        WHEN DATE_DIFF(
          DAY,
          MAX(COALESCE(end_date, CAST('9999-01-01' AS Nullable(Date32)))) OVER (
            PARTITION BY customer_id
            ORDER BY contract
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
          ),
          start_date
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
  ), spans AS (
    SELECT
      customer_id,
      CAST(spell AS Nullable(Int64)) AS spell,
      DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), MIN(start_date)) AS start_day,
      CASE
        WHEN toInt64(COUNT(end_date)) = toInt64(COUNT(*))
        THEN DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), MAX(end_date))
      END AS end_day,
      CASE
        WHEN toInt64(COUNT(end_date)) = toInt64(COUNT(*))
        THEN MAX(CASE WHEN end_date = last_end THEN reason END)
      END AS reason
    FROM ends
    GROUP BY
      customer_id,
      spell
  )
  SELECT
    customer_id,
    spell,
    start_day - 1 AS origin_day,
    start_day,
    end_day,
    lead(start_day) OVER (PARTITION BY customer_id ORDER BY spell) AS next_day,
    CASE
      WHEN spell > 1
      OR start_day > DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), CAST('2021-01-31' AS Nullable(Date32)))
      THEN 1
      ELSE 0
    END AS start_known,
    reason
  FROM spans
), spent AS (
  SELECT
    customer_id,
    SUM(amount_minor) AS amount_minor
  FROM customer_days
  WHERE
    order_date <= CAST('2021-01-31' AS Nullable(Date32))
  GROUP BY
    customer_id
  HAVING
    toInt64(COUNT(order_day)) > 0
)
SELECT
  spells.start_day,
  spells.end_day,
  toInt64(COUNT(*)) AS contracts,
  CAST(COALESCE(SUM(spent.amount_minor), 0) AS Nullable(Int64)) AS amount_minor
FROM spells
LEFT JOIN spent
  ON spells.customer_id = spent.customer_id
WHERE
  spells.spell = 1 AND spells.start_known = 1
GROUP BY
  spells.start_day,
  spells.end_day
ORDER BY
  spells.start_day,
  spells.end_day;

-- contracts_until, generated for clickhouse; not run by any test
SELECT
  MAX(start_date) AS last_start,
  MAX(CASE WHEN NOT (
    reason IS NULL
  ) THEN end_date END) AS last_end
FROM contracts;

-- current_spells, generated for clickhouse; not run by any test
WITH spells AS (
  
  
  
  
  
  
  
  WITH order_days AS (
    SELECT
      customer_id,
      DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), order_date) AS day
    FROM customer_days
    WHERE
      order_day <= CAST('2021-01-31' AS Nullable(Date32))
      AND order_day >= CAST('2021-01-31' AS Nullable(Date32))
  ), earlier AS (
    SELECT
      customer_id,
      1 AS spells
    FROM customer_days
    WHERE
      order_day < CAST('2021-01-31' AS Nullable(Date32))
    GROUP BY
      customer_id
  ), steps AS (
    SELECT
      customer_id,
      day,
      day - lag(day) OVER (PARTITION BY customer_id ORDER BY day) AS silence_before,
      lead(day) OVER (PARTITION BY customer_id ORDER BY day) - day AS silence_after
    FROM order_days
  ), edges AS (
    SELECT
      customer_id,
      day,
      CASE WHEN silence_before <= 60 THEN 0 ELSE 1 END AS is_first,
      CASE WHEN silence_after <= 60 THEN 0 ELSE 1 END AS is_last
    FROM steps
    WHERE
      NOT (
        COALESCE(silence_before, 60 + 1) <= 60 AND COALESCE(silence_after, 60 + 1) <= 60
      )
  ), paired AS (
    SELECT
      customer_id,
      day AS start_day,
      is_first,
      CASE
        WHEN is_last = 1
        THEN day
        ELSE lead(day) OVER (PARTITION BY customer_id ORDER BY day)
      END + 60 AS lost_day
    FROM edges
  ), numbered AS (
    SELECT
      customer_id,
      start_day,
      lost_day,
      ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY start_day) AS spell,
      lead(start_day) OVER (PARTITION BY customer_id ORDER BY start_day) AS next_day
    FROM paired
    WHERE
      is_first = 1
  )
  SELECT
    numbered.customer_id,
    CAST(numbered.spell + COALESCE(earlier.spells, 0) AS Nullable(Int64)) AS spell,
    numbered.start_day AS origin_day,
    numbered.start_day,
    CASE WHEN numbered.lost_day <= 0 THEN numbered.lost_day END AS end_day,
    numbered.next_day,
    CASE
      WHEN numbered.spell + COALESCE(earlier.spells, 0) > 1
      OR numbered.start_day > DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), CAST('2021-01-31' AS Nullable(Date32)))
      THEN 1
      ELSE 0
    END AS start_known,
    CAST(NULL AS Nullable(String)) AS reason
  FROM numbered
  LEFT JOIN earlier
    ON numbered.customer_id = earlier.customer_id
)
SELECT
  customer_id,
  origin_day
FROM spells
WHERE
  end_day IS NULL
ORDER BY
  customer_id;

-- customer_attributes, generated for clickhouse; not run by any test
SELECT
  *
FROM customers
ORDER BY
  customer_id;

-- customer_days, generated for clickhouse; not run by any test
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
  CAST(SUM(amount_minor) AS Nullable(Int64)) AS amount_minor,
  CAST(SUM(is_order) AS Nullable(Int64)) AS orders,
  CASE WHEN SUM(is_order) > 0 THEN order_date END AS order_day
FROM each_order
GROUP BY
  customer_id,
  order_date
ORDER BY
  customer_id,
  order_date;

-- customer_summary, generated for clickhouse; not run by any test
SELECT
  customer_id,
  toInt64(COUNT(CASE WHEN order_day <= CAST('2021-01-31' AS Nullable(Date32)) THEN 1 END)) - 1 AS frequency,
  MIN(order_day) AS first_order,
  MAX(CASE WHEN order_day <= CAST('2021-01-31' AS Nullable(Date32)) THEN order_day END) AS last_order,
  CAST(SUM(CASE WHEN order_date <= CAST('2021-01-31' AS Nullable(Date32)) THEN orders END) AS Nullable(Int64)) AS orders,
  CAST(SUM(
    CASE
      WHEN order_date <= CAST('2021-01-31' AS Nullable(Date32))
      THEN amount_minor
    END
  ) AS Nullable(Int64)) AS total_minor,
  argMin(amount_minor, order_day) AS first_day_minor,
  toInt64(COUNT(CASE WHEN order_day > CAST('2021-01-31' AS Nullable(Date32)) THEN 1 END)) AS holdout_frequency,
  CAST(COALESCE(
    SUM(
      CASE WHEN order_date > CAST('2021-01-31' AS Nullable(Date32)) THEN amount_minor END
    ),
    0
  ) AS Nullable(Int64)) AS holdout_minor
FROM customer_days
WHERE
  order_date <= CAST('2021-01-31' AS Nullable(Date32))
GROUP BY
  customer_id
HAVING
  MIN(order_day) <= CAST('2021-01-31' AS Nullable(Date32))
ORDER BY
  customer_id;

-- ended_spells, generated for clickhouse; not run by any test
WITH spells AS (
  
  
  
  
  
  
  
  WITH order_days AS (
    SELECT
      customer_id,
      DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), order_date) AS day
    FROM customer_days
    WHERE
      order_day <= CAST('2021-01-31' AS Nullable(Date32))
      AND order_day >= CAST('2021-01-31' AS Nullable(Date32))
  ), earlier AS (
    SELECT
      customer_id,
      1 AS spells
    FROM customer_days
    WHERE
      order_day < CAST('2021-01-31' AS Nullable(Date32))
    GROUP BY
      customer_id
  ), steps AS (
    SELECT
      customer_id,
      day,
      day - lag(day) OVER (PARTITION BY customer_id ORDER BY day) AS silence_before,
      lead(day) OVER (PARTITION BY customer_id ORDER BY day) - day AS silence_after
    FROM order_days
  ), edges AS (
    SELECT
      customer_id,
      day,
      CASE WHEN silence_before <= 60 THEN 0 ELSE 1 END AS is_first,
      CASE WHEN silence_after <= 60 THEN 0 ELSE 1 END AS is_last
    FROM steps
    WHERE
      NOT (
        COALESCE(silence_before, 60 + 1) <= 60 AND COALESCE(silence_after, 60 + 1) <= 60
      )
  ), paired AS (
    SELECT
      customer_id,
      day AS start_day,
      is_first,
      CASE
        WHEN is_last = 1
        THEN day
        ELSE lead(day) OVER (PARTITION BY customer_id ORDER BY day)
      END + 60 AS lost_day
    FROM edges
  ), numbered AS (
    SELECT
      customer_id,
      start_day,
      lost_day,
      ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY start_day) AS spell,
      lead(start_day) OVER (PARTITION BY customer_id ORDER BY start_day) AS next_day
    FROM paired
    WHERE
      is_first = 1
  )
  SELECT
    numbered.customer_id,
    CAST(numbered.spell + COALESCE(earlier.spells, 0) AS Nullable(Int64)) AS spell,
    numbered.start_day AS origin_day,
    numbered.start_day,
    CASE WHEN numbered.lost_day <= 0 THEN numbered.lost_day END AS end_day,
    numbered.next_day,
    CASE
      WHEN numbered.spell + COALESCE(earlier.spells, 0) > 1
      OR numbered.start_day > DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), CAST('2021-01-31' AS Nullable(Date32)))
      THEN 1
      ELSE 0
    END AS start_known,
    CAST(NULL AS Nullable(String)) AS reason
  FROM numbered
  LEFT JOIN earlier
    ON numbered.customer_id = earlier.customer_id
)
SELECT
  customer_id,
  start_day,
  end_day
FROM spells
WHERE
  next_day IS NULL
  AND end_day > DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), CAST('2021-01-31' AS Nullable(Date32)))
ORDER BY
  customer_id;

-- first_of_parts, generated for clickhouse; not run by any test
WITH known AS (
  SELECT
    customer_id
  FROM customer_days
), numbered AS (
  SELECT
    customer_id,
    ROW_NUMBER() OVER (ORDER BY customer_id) - 1 AS place
  FROM (
    SELECT DISTINCT
      customer_id
    FROM known
  ) AS customers
)
SELECT
  customer_id
FROM numbered
WHERE
  place % 7 = 0
ORDER BY
  customer_id;

-- followed_spells, generated for clickhouse; not run by any test
WITH spells AS (
  
  
  
  
  
  
  
  WITH order_days AS (
    SELECT
      customer_id,
      DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), order_date) AS day
    FROM customer_days
    WHERE
      order_day <= CAST('2021-01-31' AS Nullable(Date32))
      AND order_day >= CAST('2021-01-31' AS Nullable(Date32))
  ), earlier AS (
    SELECT
      customer_id,
      1 AS spells
    FROM customer_days
    WHERE
      order_day < CAST('2021-01-31' AS Nullable(Date32))
    GROUP BY
      customer_id
  ), steps AS (
    SELECT
      customer_id,
      day,
      day - lag(day) OVER (PARTITION BY customer_id ORDER BY day) AS silence_before,
      lead(day) OVER (PARTITION BY customer_id ORDER BY day) - day AS silence_after
    FROM order_days
  ), edges AS (
    SELECT
      customer_id,
      day,
      CASE WHEN silence_before <= 60 THEN 0 ELSE 1 END AS is_first,
      CASE WHEN silence_after <= 60 THEN 0 ELSE 1 END AS is_last
    FROM steps
    WHERE
      NOT (
        COALESCE(silence_before, 60 + 1) <= 60 AND COALESCE(silence_after, 60 + 1) <= 60
      )
  ), paired AS (
    SELECT
      customer_id,
      day AS start_day,
      is_first,
      CASE
        WHEN is_last = 1
        THEN day
        ELSE lead(day) OVER (PARTITION BY customer_id ORDER BY day)
      END + 60 AS lost_day
    FROM edges
  ), numbered AS (
    SELECT
      customer_id,
      start_day,
      lost_day,
      ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY start_day) AS spell,
      lead(start_day) OVER (PARTITION BY customer_id ORDER BY start_day) AS next_day
    FROM paired
    WHERE
      is_first = 1
  )
  SELECT
    numbered.customer_id,
    CAST(numbered.spell + COALESCE(earlier.spells, 0) AS Nullable(Int64)) AS spell,
    numbered.start_day AS origin_day,
    numbered.start_day,
    CASE WHEN numbered.lost_day <= 0 THEN numbered.lost_day END AS end_day,
    numbered.next_day,
    CASE
      WHEN numbered.spell + COALESCE(earlier.spells, 0) > 1
      OR numbered.start_day > DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), CAST('2021-01-31' AS Nullable(Date32)))
      THEN 1
      ELSE 0
    END AS start_known,
    CAST(NULL AS Nullable(String)) AS reason
  FROM numbered
  LEFT JOIN earlier
    ON numbered.customer_id = earlier.customer_id
), later AS (
  SELECT
    *,
    ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY spell) AS place
  FROM spells
  WHERE
    end_day IS NULL
    OR end_day > DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), CAST('2021-01-31' AS Nullable(Date32)))
), observed AS (
  SELECT
    customer_id,
    origin_day,
    CASE
      WHEN start_day <= DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), CAST('2021-01-31' AS Nullable(Date32)))
      THEN 1
      ELSE 0
    END AS at_landmark,
    start_known,
    CASE
      WHEN origin_day < DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), CAST('2021-01-31' AS Nullable(Date32)))
      THEN DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), CAST('2021-01-31' AS Nullable(Date32))) - origin_day
      ELSE 0
    END AS entry,
    COALESCE(end_day, 0) - origin_day AS duration,
    CASE WHEN end_day IS NULL THEN 0 ELSE 1 END AS event,
    CASE WHEN end_day IS NULL OR next_day IS NULL THEN 0 ELSE 1 END AS returned,
    reason
  FROM later
  WHERE
    place = 1
)
SELECT
  *
FROM observed
WHERE
  duration > entry
ORDER BY
  customer_id;

-- holdout_rows, generated for clickhouse; not run by any test
WITH each AS (
  SELECT
    MIN(order_day) AS first_order,
    MAX(CASE WHEN order_day <= CAST('2021-01-31' AS Nullable(Date32)) THEN order_day END) AS last_order,
    toInt64(COUNT(CASE WHEN order_day <= CAST('2021-01-31' AS Nullable(Date32)) THEN 1 END)) AS order_days,
    toInt64(COUNT(CASE WHEN order_day <= CAST('2021-01-31' AS Nullable(Date32)) THEN 1 END)) AS until_earlier,
    toInt64(COUNT(CASE WHEN order_day <= CAST('2021-01-31' AS Nullable(Date32)) THEN 1 END)) AS until_later,
    toInt64(COUNT(CASE WHEN order_day > CAST('2021-01-31' AS Nullable(Date32)) THEN 1 END)) AS held_out
  FROM customer_days
  WHERE
    order_day <= CAST('2021-01-31' AS Nullable(Date32))
  GROUP BY
    customer_id
  HAVING
    MIN(order_day) <= CAST('2021-01-31' AS Nullable(Date32))
)
SELECT
  first_order,
  last_order,
  order_days,
  until_earlier,
  until_later,
  held_out,
  toInt64(COUNT(*)) AS customers
FROM each
GROUP BY
  first_order,
  last_order,
  order_days,
  until_earlier,
  until_later,
  held_out
ORDER BY
  first_order,
  last_order,
  order_days,
  until_earlier,
  until_later,
  held_out;

-- kaplan_meier_counts, generated for clickhouse; not run by any test
WITH spells AS (
  
  
  
  
  
  
  
  WITH order_days AS (
    SELECT
      customer_id,
      DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), order_date) AS day
    FROM customer_days
    WHERE
      order_day <= CAST('2021-01-31' AS Nullable(Date32))
      AND order_day >= CAST('2021-01-31' AS Nullable(Date32))
  ), earlier AS (
    SELECT
      customer_id,
      1 AS spells
    FROM customer_days
    WHERE
      order_day < CAST('2021-01-31' AS Nullable(Date32))
    GROUP BY
      customer_id
  ), steps AS (
    SELECT
      customer_id,
      day,
      day - lag(day) OVER (PARTITION BY customer_id ORDER BY day) AS silence_before,
      lead(day) OVER (PARTITION BY customer_id ORDER BY day) - day AS silence_after
    FROM order_days
  ), edges AS (
    SELECT
      customer_id,
      day,
      CASE WHEN silence_before <= 60 THEN 0 ELSE 1 END AS is_first,
      CASE WHEN silence_after <= 60 THEN 0 ELSE 1 END AS is_last
    FROM steps
    WHERE
      NOT (
        COALESCE(silence_before, 60 + 1) <= 60 AND COALESCE(silence_after, 60 + 1) <= 60
      )
  ), paired AS (
    SELECT
      customer_id,
      day AS start_day,
      is_first,
      CASE
        WHEN is_last = 1
        THEN day
        ELSE lead(day) OVER (PARTITION BY customer_id ORDER BY day)
      END + 60 AS lost_day
    FROM edges
  ), numbered AS (
    SELECT
      customer_id,
      start_day,
      lost_day,
      ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY start_day) AS spell,
      lead(start_day) OVER (PARTITION BY customer_id ORDER BY start_day) AS next_day
    FROM paired
    WHERE
      is_first = 1
  )
  SELECT
    numbered.customer_id,
    CAST(numbered.spell + COALESCE(earlier.spells, 0) AS Nullable(Int64)) AS spell,
    numbered.start_day AS origin_day,
    numbered.start_day,
    CASE WHEN numbered.lost_day <= 0 THEN numbered.lost_day END AS end_day,
    numbered.next_day,
    CASE
      WHEN numbered.spell + COALESCE(earlier.spells, 0) > 1
      OR numbered.start_day > DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), CAST('2021-01-31' AS Nullable(Date32)))
      THEN 1
      ELSE 0
    END AS start_known,
    CAST(NULL AS Nullable(String)) AS reason
  FROM numbered
  LEFT JOIN earlier
    ON numbered.customer_id = earlier.customer_id
), followed AS (
  
  
  
  
  
  WITH later AS (
    SELECT
      *,
      ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY spell) AS place
    FROM spells
    WHERE
      end_day IS NULL
      OR end_day > DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), CAST('2021-01-31' AS Nullable(Date32)))
  ), observed AS (
    SELECT
      customer_id,
      origin_day,
      CASE
        WHEN start_day <= DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), CAST('2021-01-31' AS Nullable(Date32)))
        THEN 1
        ELSE 0
      END AS at_landmark,
      start_known,
      CASE
        WHEN origin_day < DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), CAST('2021-01-31' AS Nullable(Date32)))
        THEN DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), CAST('2021-01-31' AS Nullable(Date32))) - origin_day
        ELSE 0
      END AS entry,
      COALESCE(end_day, 0) - origin_day AS duration,
      CASE WHEN end_day IS NULL THEN 0 ELSE 1 END AS event,
      CASE WHEN end_day IS NULL OR next_day IS NULL THEN 0 ELSE 1 END AS returned,
      reason
    FROM later
    WHERE
      place = 1
  )
  SELECT
    *
  FROM observed
  WHERE
    duration > entry
), pace AS (
  
  
  
  
  
  
  
  
  WITH known AS (
    SELECT
      customer_id,
      MIN(order_day) AS first_order,
      MAX(order_day) AS last_order,
      toInt64(COUNT(order_day)) AS order_days,
      CAST(SUM(amount_minor) AS Nullable(Int64)) AS total_minor,
      SUM(
        CAST(amount_minor AS Nullable(Float64)) * CAST(amount_minor AS Nullable(Float64))
      ) AS total_squares,
      toInt64(
        COUNT(
          CASE
            WHEN order_day >= CAST('2021-01-31' AS Nullable(Date32))
            AND order_day < CAST('2021-01-31' AS Nullable(Date32))
            THEN 1
          END
        )
      ) AS habit_order_days,
      toInt64(COUNT(CASE WHEN order_day >= CAST('2021-01-31' AS Nullable(Date32)) THEN 1 END)) AS recent_order_days
    FROM customer_days
    WHERE
      order_date <= CAST('2021-01-31' AS Nullable(Date32))
    GROUP BY
      customer_id
  )
  SELECT
    customer_id,
    first_order,
    last_order,
    order_days,
    total_minor,
    total_squares,
    habit_order_days - CASE
      WHEN first_order >= CAST('2021-01-31' AS Nullable(Date32))
      AND first_order < CAST('2021-01-31' AS Nullable(Date32))
      THEN 1
      ELSE 0
    END AS habit_order_days,
    recent_order_days - CASE WHEN first_order >= CAST('2021-01-31' AS Nullable(Date32)) THEN 1 ELSE 0 END AS recent_order_days
  FROM known
  WHERE
    NOT (
      first_order IS NULL
    )
), segments AS (
  
  
  
  
  
  
  WITH paces AS (
    SELECT
      customer_id,
      habit_order_days + recent_order_days AS orders,
      CASE
        WHEN DATE_DIFF(DAY, first_order, CAST('2021-01-31' AS Nullable(Date32))) < 393
        THEN DATE_DIFF(DAY, first_order, CAST('2021-01-31' AS Nullable(Date32)))
        ELSE 393
      END AS days
    FROM pace
  ), gaps AS (
    SELECT
      customer_id,
      CAST(30.4375 AS Nullable(Float64)) / CAST(CAST(30.4375 AS Nullable(Float64)) * (
        orders + CAST(0.75 AS Nullable(Float64))
      ) / CAST(days + 28 AS Nullable(Float64)) AS Nullable(Float64)) AS gap
    FROM paces
  )
  SELECT
    customer_id,
    CASE
      WHEN gap <= CAST(8.0 AS Nullable(Float64))
      THEN '0'
      WHEN gap <= CAST(15.0 AS Nullable(Float64))
      THEN '1'
      WHEN gap <= CAST(24.0 AS Nullable(Float64))
      THEN '2'
      ELSE '3'
    END AS segment
  FROM gaps
)
SELECT
  segments.segment,
  followed.at_landmark,
  followed.start_known,
  followed.entry,
  followed.duration,
  followed.event,
  followed.returned,
  followed.reason,
  toInt64(COUNT(*)) AS customers
FROM followed
LEFT JOIN segments
  ON followed.customer_id = segments.customer_id AND followed.at_landmark = 1
GROUP BY
  segments.segment,
  followed.at_landmark,
  followed.start_known,
  followed.entry,
  followed.duration,
  followed.event,
  followed.returned,
  followed.reason
ORDER BY
  segments.segment,
  followed.at_landmark,
  followed.start_known,
  followed.entry,
  followed.duration,
  followed.event,
  followed.returned,
  followed.reason;

-- known_totals, generated for clickhouse; not run by any test
WITH each AS (
  SELECT
    toInt64(COUNT(CASE WHEN order_day <= CAST('2021-01-31' AS Nullable(Date32)) THEN 1 END)) AS order_days,
    toInt64(COUNT(CASE WHEN order_day > CAST('2021-01-31' AS Nullable(Date32)) THEN 1 END)) AS later_days,
    CAST(SUM(
      CASE
        WHEN order_date <= CAST('2021-01-31' AS Nullable(Date32))
        THEN amount_minor
        ELSE 0
      END
    ) AS Nullable(Int64)) AS amount_minor,
    CAST(SUM(
      CASE
        WHEN order_date > CAST('2021-01-31' AS Nullable(Date32))
        THEN amount_minor
        ELSE 0
      END
    ) AS Nullable(Int64)) AS later_minor
  FROM customer_days
  WHERE
    order_date <= CAST('2021-01-31' AS Nullable(Date32))
  GROUP BY
    customer_id
  HAVING
    MIN(order_day) <= CAST('2021-01-31' AS Nullable(Date32))
)
SELECT
  toInt64(COUNT(*)) AS customers,
  CAST(COALESCE(SUM(order_days), 0) AS Nullable(Int64)) AS order_days,
  CAST(COALESCE(SUM(later_days), 0) AS Nullable(Int64)) AS later_days,
  CAST(COALESCE(SUM(amount_minor), 0) AS Nullable(Int64)) AS amount_minor,
  CAST(COALESCE(SUM(later_minor), 0) AS Nullable(Int64)) AS later_minor
FROM each;

-- order_days, generated for clickhouse; not run by any test
WITH firsts AS (
  SELECT
    customer_id,
    MIN(order_day) AS first_order
  FROM customer_days
  WHERE
    order_day <= CAST('2021-01-31' AS Nullable(Date32))
  GROUP BY
    customer_id
  HAVING
    MIN(order_day) <= CAST('2021-01-31' AS Nullable(Date32))
)
SELECT
  customer_days.order_date,
  toInt64(COUNT(*)) AS order_days,
  toInt64(COUNT(CASE WHEN customer_days.order_date = firsts.first_order THEN 1 END)) AS first_days
FROM customer_days
INNER JOIN firsts
  ON customer_days.customer_id = firsts.customer_id
WHERE
  customer_days.order_day <= CAST('2021-01-31' AS Nullable(Date32))
GROUP BY
  customer_days.order_date
ORDER BY
  customer_days.order_date;

-- order_gaps, generated for clickhouse; not run by any test
WITH order_days AS (
  SELECT
    customer_id,
    order_date
  FROM customer_days
  WHERE
    order_day <= CAST('2021-01-31' AS Nullable(Date32))
), gaps AS (
  SELECT
    customer_id,
    DATE_DIFF(DAY, lag(order_date) OVER (PARTITION BY customer_id ORDER BY order_date), order_date) AS days
  FROM order_days
)
SELECT
  customer_id,
  COALESCE(SUM(LN(CAST(days AS Nullable(Float64)))), 0.0) AS log_gaps
FROM gaps
GROUP BY
  customer_id
ORDER BY
  customer_id;

-- order_spells, generated for clickhouse; not run by any test
WITH order_days AS (
  SELECT
    customer_id,
    DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), order_date) AS day
  FROM customer_days
  WHERE
    order_day <= CAST('2021-01-31' AS Nullable(Date32))
    AND order_day >= CAST('2021-01-31' AS Nullable(Date32))
), earlier AS (
  SELECT
    customer_id,
    1 AS spells
  FROM customer_days
  WHERE
    order_day < CAST('2021-01-31' AS Nullable(Date32))
  GROUP BY
    customer_id
), steps AS (
  SELECT
    customer_id,
    day,
    day - lag(day) OVER (PARTITION BY customer_id ORDER BY day) AS silence_before,
    lead(day) OVER (PARTITION BY customer_id ORDER BY day) - day AS silence_after
  FROM order_days
), edges AS (
  SELECT
    customer_id,
    day,
    CASE WHEN silence_before <= 60 THEN 0 ELSE 1 END AS is_first,
    CASE WHEN silence_after <= 60 THEN 0 ELSE 1 END AS is_last
  FROM steps
  WHERE
    NOT (
      COALESCE(silence_before, 60 + 1) <= 60 AND COALESCE(silence_after, 60 + 1) <= 60
    )
), paired AS (
  SELECT
    customer_id,
    day AS start_day,
    is_first,
    CASE
      WHEN is_last = 1
      THEN day
      ELSE lead(day) OVER (PARTITION BY customer_id ORDER BY day)
    END + 60 AS lost_day
  FROM edges
), numbered AS (
  SELECT
    customer_id,
    start_day,
    lost_day,
    ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY start_day) AS spell,
    lead(start_day) OVER (PARTITION BY customer_id ORDER BY start_day) AS next_day
  FROM paired
  WHERE
    is_first = 1
)
SELECT
  numbered.customer_id,
  CAST(numbered.spell + COALESCE(earlier.spells, 0) AS Nullable(Int64)) AS spell,
  numbered.start_day AS origin_day,
  numbered.start_day,
  CASE WHEN numbered.lost_day <= 0 THEN numbered.lost_day END AS end_day,
  numbered.next_day,
  CASE
    WHEN numbered.spell + COALESCE(earlier.spells, 0) > 1
    OR numbered.start_day > DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), CAST('2021-01-31' AS Nullable(Date32)))
    THEN 1
    ELSE 0
  END AS start_known,
  CAST(NULL AS Nullable(String)) AS reason
FROM numbered
LEFT JOIN earlier
  ON numbered.customer_id = earlier.customer_id
ORDER BY
  numbered.customer_id,
  numbered.spell;

-- pace, generated for clickhouse; not run by any test
WITH known AS (
  SELECT
    customer_id,
    MIN(order_day) AS first_order,
    MAX(order_day) AS last_order,
    toInt64(COUNT(order_day)) AS order_days,
    CAST(SUM(amount_minor) AS Nullable(Int64)) AS total_minor,
    SUM(
      CAST(amount_minor AS Nullable(Float64)) * CAST(amount_minor AS Nullable(Float64))
    ) AS total_squares,
    toInt64(
      COUNT(
        CASE
          WHEN order_day >= CAST('2021-01-31' AS Nullable(Date32))
          AND order_day < CAST('2021-01-31' AS Nullable(Date32))
          THEN 1
        END
      )
    ) AS habit_order_days,
    toInt64(COUNT(CASE WHEN order_day >= CAST('2021-01-31' AS Nullable(Date32)) THEN 1 END)) AS recent_order_days
  FROM customer_days
  WHERE
    order_date <= CAST('2021-01-31' AS Nullable(Date32))
  GROUP BY
    customer_id
)
SELECT
  customer_id,
  first_order,
  last_order,
  order_days,
  total_minor,
  total_squares,
  habit_order_days - CASE
    WHEN first_order >= CAST('2021-01-31' AS Nullable(Date32))
    AND first_order < CAST('2021-01-31' AS Nullable(Date32))
    THEN 1
    ELSE 0
  END AS habit_order_days,
  recent_order_days - CASE WHEN first_order >= CAST('2021-01-31' AS Nullable(Date32)) THEN 1 ELSE 0 END AS recent_order_days
FROM known
WHERE
  NOT (
    first_order IS NULL
  )
ORDER BY
  customer_id;

-- pace_counts, generated for clickhouse; not run by any test
WITH pace AS (
  
  
  
  
  
  
  
  
  WITH known AS (
    SELECT
      customer_id,
      MIN(order_day) AS first_order,
      MAX(order_day) AS last_order,
      toInt64(COUNT(order_day)) AS order_days,
      CAST(SUM(amount_minor) AS Nullable(Int64)) AS total_minor,
      SUM(
        CAST(amount_minor AS Nullable(Float64)) * CAST(amount_minor AS Nullable(Float64))
      ) AS total_squares,
      toInt64(
        COUNT(
          CASE
            WHEN order_day >= CAST('2021-01-31' AS Nullable(Date32))
            AND order_day < CAST('2021-01-31' AS Nullable(Date32))
            THEN 1
          END
        )
      ) AS habit_order_days,
      toInt64(COUNT(CASE WHEN order_day >= CAST('2021-01-31' AS Nullable(Date32)) THEN 1 END)) AS recent_order_days
    FROM customer_days
    WHERE
      order_date <= CAST('2021-01-31' AS Nullable(Date32))
    GROUP BY
      customer_id
  )
  SELECT
    customer_id,
    first_order,
    last_order,
    order_days,
    total_minor,
    total_squares,
    habit_order_days - CASE
      WHEN first_order >= CAST('2021-01-31' AS Nullable(Date32))
      AND first_order < CAST('2021-01-31' AS Nullable(Date32))
      THEN 1
      ELSE 0
    END AS habit_order_days,
    recent_order_days - CASE WHEN first_order >= CAST('2021-01-31' AS Nullable(Date32)) THEN 1 ELSE 0 END AS recent_order_days
  FROM known
  WHERE
    NOT (
      first_order IS NULL
    )
), spells AS (
  
  
  
  
  
  
  
  WITH order_days AS (
    SELECT
      customer_id,
      DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), order_date) AS day
    FROM customer_days
    WHERE
      order_day <= CAST('2021-01-31' AS Nullable(Date32))
      AND order_day >= CAST('2021-01-31' AS Nullable(Date32))
  ), earlier AS (
    SELECT
      customer_id,
      1 AS spells
    FROM customer_days
    WHERE
      order_day < CAST('2021-01-31' AS Nullable(Date32))
    GROUP BY
      customer_id
  ), steps AS (
    SELECT
      customer_id,
      day,
      day - lag(day) OVER (PARTITION BY customer_id ORDER BY day) AS silence_before,
      lead(day) OVER (PARTITION BY customer_id ORDER BY day) - day AS silence_after
    FROM order_days
  ), edges AS (
    SELECT
      customer_id,
      day,
      CASE WHEN silence_before <= 60 THEN 0 ELSE 1 END AS is_first,
      CASE WHEN silence_after <= 60 THEN 0 ELSE 1 END AS is_last
    FROM steps
    WHERE
      NOT (
        COALESCE(silence_before, 60 + 1) <= 60 AND COALESCE(silence_after, 60 + 1) <= 60
      )
  ), paired AS (
    SELECT
      customer_id,
      day AS start_day,
      is_first,
      CASE
        WHEN is_last = 1
        THEN day
        ELSE lead(day) OVER (PARTITION BY customer_id ORDER BY day)
      END + 60 AS lost_day
    FROM edges
  ), numbered AS (
    SELECT
      customer_id,
      start_day,
      lost_day,
      ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY start_day) AS spell,
      lead(start_day) OVER (PARTITION BY customer_id ORDER BY start_day) AS next_day
    FROM paired
    WHERE
      is_first = 1
  )
  SELECT
    numbered.customer_id,
    CAST(numbered.spell + COALESCE(earlier.spells, 0) AS Nullable(Int64)) AS spell,
    numbered.start_day AS origin_day,
    numbered.start_day,
    CASE WHEN numbered.lost_day <= 0 THEN numbered.lost_day END AS end_day,
    numbered.next_day,
    CASE
      WHEN numbered.spell + COALESCE(earlier.spells, 0) > 1
      OR numbered.start_day > DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), CAST('2021-01-31' AS Nullable(Date32)))
      THEN 1
      ELSE 0
    END AS start_known,
    CAST(NULL AS Nullable(String)) AS reason
  FROM numbered
  LEFT JOIN earlier
    ON numbered.customer_id = earlier.customer_id
), active AS (
  
  
  
  
  SELECT
    customer_id,
    origin_day
  FROM spells
  WHERE
    end_day IS NULL
), counted AS (
  SELECT
    CASE WHEN active.customer_id IS NULL THEN 0 ELSE 1 END AS is_active,
    pace.habit_order_days,
    pace.recent_order_days,
    DATE_DIFF(DAY, pace.first_order, CAST('2021-01-31' AS Nullable(Date32))) AS age,
    DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), CAST('2021-01-31' AS Nullable(Date32))) + 1 AS recent,
    DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), CAST('2021-01-31' AS Nullable(Date32))) AS habit
  FROM pace
  LEFT JOIN active
    ON pace.customer_id = active.customer_id
), lengths AS (
  SELECT
    is_active,
    habit_order_days,
    recent_order_days,
    CASE WHEN age < recent THEN age ELSE recent END AS recent_days,
    CASE
      WHEN age < recent
      THEN 0
      WHEN age - recent < habit
      THEN age - recent
      ELSE habit
    END AS habit_days
  FROM counted
)
SELECT
  is_active,
  habit_order_days AS habit_orders,
  habit_days,
  recent_order_days AS recent_orders,
  recent_days,
  toInt64(COUNT(*)) AS customers
FROM lengths
GROUP BY
  is_active,
  habit_order_days,
  habit_days,
  recent_order_days,
  recent_days
ORDER BY
  is_active,
  habit_order_days,
  habit_days,
  recent_order_days,
  recent_days;

-- pace_segments, generated for clickhouse; not run by any test
WITH pace AS (
  
  
  
  
  
  
  
  
  WITH known AS (
    SELECT
      customer_id,
      MIN(order_day) AS first_order,
      MAX(order_day) AS last_order,
      toInt64(COUNT(order_day)) AS order_days,
      CAST(SUM(amount_minor) AS Nullable(Int64)) AS total_minor,
      SUM(
        CAST(amount_minor AS Nullable(Float64)) * CAST(amount_minor AS Nullable(Float64))
      ) AS total_squares,
      toInt64(
        COUNT(
          CASE
            WHEN order_day >= CAST('2021-01-31' AS Nullable(Date32))
            AND order_day < CAST('2021-01-31' AS Nullable(Date32))
            THEN 1
          END
        )
      ) AS habit_order_days,
      toInt64(COUNT(CASE WHEN order_day >= CAST('2021-01-31' AS Nullable(Date32)) THEN 1 END)) AS recent_order_days
    FROM customer_days
    WHERE
      order_date <= CAST('2021-01-31' AS Nullable(Date32))
    GROUP BY
      customer_id
  )
  SELECT
    customer_id,
    first_order,
    last_order,
    order_days,
    total_minor,
    total_squares,
    habit_order_days - CASE
      WHEN first_order >= CAST('2021-01-31' AS Nullable(Date32))
      AND first_order < CAST('2021-01-31' AS Nullable(Date32))
      THEN 1
      ELSE 0
    END AS habit_order_days,
    recent_order_days - CASE WHEN first_order >= CAST('2021-01-31' AS Nullable(Date32)) THEN 1 ELSE 0 END AS recent_order_days
  FROM known
  WHERE
    NOT (
      first_order IS NULL
    )
), paces AS (
  SELECT
    customer_id,
    habit_order_days + recent_order_days AS orders,
    CASE
      WHEN DATE_DIFF(DAY, first_order, CAST('2021-01-31' AS Nullable(Date32))) < 393
      THEN DATE_DIFF(DAY, first_order, CAST('2021-01-31' AS Nullable(Date32)))
      ELSE 393
    END AS days
  FROM pace
), gaps AS (
  SELECT
    customer_id,
    CAST(30.4375 AS Nullable(Float64)) / CAST(CAST(30.4375 AS Nullable(Float64)) * (
      orders + CAST(0.75 AS Nullable(Float64))
    ) / CAST(days + 28 AS Nullable(Float64)) AS Nullable(Float64)) AS gap
  FROM paces
)
SELECT
  customer_id,
  CASE
    WHEN gap <= CAST(8.0 AS Nullable(Float64))
    THEN '0'
    WHEN gap <= CAST(15.0 AS Nullable(Float64))
    THEN '1'
    WHEN gap <= CAST(24.0 AS Nullable(Float64))
    THEN '2'
    ELSE '3'
  END AS segment
FROM gaps
ORDER BY
  customer_id;

-- period_orders, generated for clickhouse; not run by any test
WITH numbered AS (
  SELECT
    *,
    CAST(CEIL(
      CAST(DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), order_date) AS Nullable(Float64)) / 28
    ) AS Nullable(Int64)) AS period
  FROM customer_days
  WHERE
    order_date <= CAST('2021-01-31' AS Nullable(Date32))
)
SELECT
  customer_id,
  period,
  toInt64(COUNT(order_day)) AS order_days,
  MIN(order_day) AS first_order,
  MAX(order_day) AS last_order,
  CAST(SUM(amount_minor) AS Nullable(Int64)) AS amount_minor
FROM numbered
GROUP BY
  customer_id,
  period
ORDER BY
  customer_id,
  period;

-- quality_days, generated for clickhouse; not run by any test
WITH day_orders AS (
  SELECT
    order_date,
    order_id,
    toInt64(COUNT(*)) AS lines,
    SUM(amount_minor) AS amount_minor
  FROM transactions
  WHERE
    order_date <= CAST('2021-01-31' AS Nullable(Date32))
  GROUP BY
    order_date,
    order_id
), of_orders AS (
  SELECT
    order_date,
    SUM(lines) AS lines,
    toInt64(COUNT(*)) AS orders,
    SUM(amount_minor) AS amount_minor
  FROM day_orders
  GROUP BY
    order_date
), of_customers AS (
  SELECT
    order_date,
    toInt64(COUNT(*)) AS customers
  FROM customer_days
  WHERE
    order_date <= CAST('2021-01-31' AS Nullable(Date32))
  GROUP BY
    order_date
)
SELECT
  of_orders.order_date,
  CAST(of_orders.lines AS Nullable(Int64)) AS lines,
  of_orders.orders,
  of_customers.customers,
  CAST(of_orders.amount_minor AS Nullable(Int64)) AS amount_minor
FROM of_orders
INNER JOIN of_customers
  ON of_orders.order_date = of_customers.order_date
ORDER BY
  of_orders.order_date;

-- quality_described, generated for clickhouse; not run by any test
WITH spent AS (
  SELECT
    customer_id,
    SUM(amount_minor) AS amount_minor
  FROM customer_days
  WHERE
    order_date <= CAST('2021-01-31' AS Nullable(Date32))
  GROUP BY
    customer_id
)
SELECT
  NOT (
    customers.customer_id IS NULL
  ) AS described,
  toInt64(COUNT(*)) AS customers,
  CAST(SUM(spent.amount_minor) AS Nullable(Int64)) AS amount_minor
FROM spent
LEFT JOIN customers
  ON spent.customer_id = customers.customer_id
GROUP BY
  NOT (
    customers.customer_id IS NULL
  )
ORDER BY
  described;

-- quality_first_orders, generated for clickhouse; not run by any test
WITH firsts AS (
  SELECT
    customer_id,
    MIN(order_day) AS first_date
  FROM customer_days
  WHERE
    order_day <= CAST('2021-01-31' AS Nullable(Date32))
  GROUP BY
    customer_id
)
SELECT
  CAST(dateTrunc('MONTH', first_date) AS Nullable(Date32)) AS month,
  toInt64(COUNT(*)) AS customers
FROM firsts
GROUP BY
  CAST(dateTrunc('MONTH', first_date) AS Nullable(Date32))
ORDER BY
  month;

-- quality_lines, generated for clickhouse; not run by any test
WITH distinct_lines AS (
  SELECT
    customer_id,
    order_id,
    order_date,
    amount_minor,
    product_id,
    category,
    quantity,
    toInt64(COUNT(*)) AS times
  FROM transactions
  WHERE
    order_date <= CAST('2021-01-31' AS Nullable(Date32))
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
    order_date >= CAST('2021-01-31' AS Nullable(Date32)) AS in_period
  FROM distinct_lines
)
SELECT
  in_period,
  CAST(SUM(times) AS Nullable(Int64)) AS lines,
  CAST(SUM(times * amount_minor) AS Nullable(Int64)) AS amount_minor,
  CAST(SUM(CASE WHEN amount_minor = 0 THEN times ELSE 0 END) AS Nullable(Int64)) AS zero_lines,
  CAST(SUM(CASE WHEN amount_minor < 0 THEN times ELSE 0 END) AS Nullable(Int64)) AS return_lines,
  CAST(SUM(CASE WHEN amount_minor < 0 THEN times * amount_minor ELSE 0 END) AS Nullable(Int64)) AS return_minor,
  CAST(SUM(times - 1) AS Nullable(Int64)) AS identical,
  CAST(SUM((
    times - 1
  ) * amount_minor) AS Nullable(Int64)) AS identical_minor,
  CAST(SUM(CASE WHEN quantity = 0 THEN times ELSE 0 END) AS Nullable(Int64)) AS zero_quantity,
  CAST(SUM(CASE WHEN product_id IS NULL THEN times ELSE 0 END) AS Nullable(Int64)) AS without_product,
  CAST(SUM(CASE WHEN category IS NULL THEN times ELSE 0 END) AS Nullable(Int64)) AS without_category,
  CAST(SUM(CASE WHEN category IS NULL THEN times * amount_minor ELSE 0 END) AS Nullable(Int64)) AS without_category_minor,
  CAST(SUM(CASE WHEN quantity IS NULL THEN times ELSE 0 END) AS Nullable(Int64)) AS without_quantity
FROM marked
GROUP BY
  in_period
ORDER BY
  in_period;

-- quality_orders, generated for clickhouse; not run by any test
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
    order_date <= CAST('2021-01-31' AS Nullable(Date32))
  GROUP BY
    order_id
)
SELECT
  order_date >= CAST('2021-01-31' AS Nullable(Date32)) AS in_period,
  toInt64(COUNT(*)) AS orders,
  CAST(SUM(CASE WHEN amount_minor = 0 AND least_minor = 0 THEN 1 ELSE 0 END) AS Nullable(Int64)) AS paid_nothing,
  CAST(SUM(CASE WHEN first_customer <> last_customer THEN 1 ELSE 0 END) AS Nullable(Int64)) AS of_two_customers,
  CAST(SUM(CASE WHEN order_date <> last_date THEN 1 ELSE 0 END) AS Nullable(Int64)) AS on_two_days
FROM orders
GROUP BY
  order_date >= CAST('2021-01-31' AS Nullable(Date32))
ORDER BY
  in_period;

-- quality_quantities, generated for clickhouse; not run by any test
SELECT
  category,
  toInt64(COUNT(*)) AS lines,
  CAST(SUM(amount_minor) AS Nullable(Int64)) AS amount_minor,
  arrayElementOrNull(arraySort(groupArray(quantity)), toUInt64(ceil(0.5 * count(quantity)))) AS median,
  arrayElementOrNull(arraySort(groupArray(quantity)), toUInt64(ceil(0.99 * count(quantity)))) AS p99,
  MAX(quantity) AS largest,
  CAST(SUM(CASE WHEN quantity > 100 THEN 1 ELSE 0 END) AS Nullable(Int64)) AS beyond_pieces
FROM transactions
WHERE
  order_date <= CAST('2021-01-31' AS Nullable(Date32))
  AND NOT (
    quantity IS NULL
  )
GROUP BY
  category
ORDER BY
  largest DESC,
  category;

-- recent_activity, generated for clickhouse; not run by any test
SELECT
  customer_id,
  MIN(order_day) AS first_order,
  MAX(order_day) AS last_order,
  CAST(SUM(orders) AS Nullable(Int64)) AS orders_to_date,
  CAST(SUM(amount_minor) AS Nullable(Int64)) AS to_date_minor,
  CAST(SUM(
    CASE WHEN order_date > CAST('2021-01-31' AS Nullable(Date32)) THEN orders ELSE 0 END
  ) AS Nullable(Int64)) AS orders,
  CAST(SUM(
    CASE
      WHEN order_date > CAST('2021-01-31' AS Nullable(Date32))
      THEN amount_minor
      ELSE 0
    END
  ) AS Nullable(Int64)) AS spend_minor
FROM customer_days
WHERE
  order_date <= CAST('2021-01-31' AS Nullable(Date32))
GROUP BY
  customer_id
HAVING
  NOT (
    MIN(order_day) IS NULL
  )
ORDER BY
  customer_id;

-- rfm_quantiles, generated for clickhouse; not run by any test
WITH activity AS (
  SELECT
    customer_id,
    DATE_DIFF(
      DAY,
      MAX(order_day),
      CAST(CAST('2021-01-31' AS Nullable(Date32)) AS Nullable(Date32))
    ) AS days,
    SUM(
      CASE WHEN order_date > CAST('2021-01-31' AS Nullable(Date32)) THEN orders ELSE 0 END
    ) AS orders,
    SUM(
      CASE
        WHEN order_date > CAST('2021-01-31' AS Nullable(Date32))
        THEN amount_minor
        ELSE 0
      END
    ) AS spend_minor
  FROM customer_days
  WHERE
    order_date <= CAST('2021-01-31' AS Nullable(Date32))
  GROUP BY
    customer_id
  HAVING
    NOT (
      MIN(order_day) IS NULL
    )
), counted AS (
  SELECT
    'days_since_last_order' AS measure,
    CAST(days AS Nullable(Int64)) AS amount,
    toInt64(COUNT(*)) AS customers
  FROM activity
  GROUP BY
    days
  UNION ALL
  SELECT
    'orders' AS measure,
    CAST(orders AS Nullable(Int64)) AS amount,
    toInt64(COUNT(*)) AS customers
  FROM activity
  GROUP BY
    orders
  UNION ALL
  SELECT
    'spend' AS measure,
    CAST(spend_minor AS Nullable(Int64)) AS amount,
    toInt64(COUNT(*)) AS customers
  FROM activity
  GROUP BY
    spend_minor
), placed AS (
  SELECT
    measure,
    amount,
    customers,
    SUM(customers) OVER (PARTITION BY measure ORDER BY amount) - customers AS with_less,
    SUM(customers) OVER (PARTITION BY measure) AS everybody
  FROM counted
), scored AS (
  SELECT
    measure,
    amount,
    customers,
    1 + accurateCastOrNull(FLOOR(CAST(5 * with_less AS Nullable(Float64)) / everybody), 'Int64') AS place
  FROM placed
)
SELECT
  measure,
  CASE WHEN measure = 'days_since_last_order' THEN 5 + 1 - place ELSE place END AS score,
  MIN(amount) AS lowest,
  MAX(amount) AS highest,
  CAST(SUM(customers) AS Nullable(Int64)) AS customers
FROM scored
GROUP BY
  measure,
  place
ORDER BY
  measure,
  place;

-- second_order, generated for clickhouse; not run by any test
WITH firsts AS (
  SELECT
    customer_id,
    MIN(order_date) AS first_day
  FROM customer_days
  WHERE
    order_day <= CAST('2021-01-31' AS Nullable(Date32))
  GROUP BY
    customer_id
  HAVING
    MIN(order_date) >= CAST('2021-01-31' AS Nullable(Date32))
), seconds AS (
  SELECT
    firsts.customer_id,
    firsts.first_day,
    MIN(customer_days.order_day) AS second_day
  FROM firsts
  LEFT JOIN customer_days
    ON firsts.customer_id = customer_days.customer_id
    AND firsts.first_day < customer_days.order_day
    AND customer_days.order_day <= CAST('2021-01-31' AS Nullable(Date32))
  GROUP BY
    firsts.customer_id,
    firsts.first_day
), times AS (
  SELECT
    DATE_DIFF(
      DAY,
      first_day,
      COALESCE(second_day, CAST(CAST('2021-01-31' AS Nullable(Date32)) AS Nullable(Date32)))
    ) AS days,
    CASE WHEN second_day IS NULL THEN 0 ELSE 1 END AS came_again
  FROM seconds
)
SELECT
  days,
  came_again,
  toInt64(COUNT(*)) AS customers
FROM times
GROUP BY
  days,
  came_again
ORDER BY
  days,
  came_again;

-- segment_history, generated for clickhouse; not run by any test
WITH to_date AS (
  SELECT
    customer_id,
    MIN(order_day) AS first_order,
    MAX(order_day) AS last_order,
    MAX(CASE WHEN order_day < CAST('2021-01-31' AS Nullable(Date32)) THEN order_day END) AS last_before,
    SUM(orders) AS orders_to_date,
    SUM(
      CASE
        WHEN order_date >= CAST('2021-01-31' AS Nullable(Date32))
        THEN orders
        ELSE 0
      END
    ) AS orders,
    SUM(
      CASE
        WHEN order_date >= CAST('2021-01-31' AS Nullable(Date32))
        THEN amount_minor
        ELSE 0
      END
    ) AS amount_minor
  FROM customer_days
  WHERE
    order_date < CAST('2021-01-31' AS Nullable(Date32))
  GROUP BY
    customer_id
  HAVING
    NOT (
      MIN(order_day) IS NULL
    )
), by_spend AS (
  SELECT
    CASE WHEN amount_minor > 0 THEN amount_minor ELSE 0 END AS spend_minor,
    toInt64(COUNT(*)) AS customers,
    toInt64(COUNT(last_before)) AS customers_before,
    SUM(CASE WHEN last_order >= CAST('2021-01-31' AS Nullable(Date32)) THEN 1 ELSE 0 END) AS active,
    SUM(
      CASE
        WHEN last_order < CAST('2021-01-31' AS Nullable(Date32))
        OR orders_to_date <= 1
        OR orders < CAST(12.0 AS Nullable(Float64))
        THEN 0
        WHEN first_order >= CAST('2021-01-31' AS Nullable(Date32))
        THEN 0
        ELSE 1
      END
    ) AS loyal,
    SUM(
      CASE
        WHEN last_order < CAST('2021-01-31' AS Nullable(Date32))
        AND last_before >= CAST('2021-01-31' AS Nullable(Date32))
        THEN 1
        ELSE 0
      END
    ) AS fell_silent
  FROM to_date
  GROUP BY
    CASE WHEN amount_minor > 0 THEN amount_minor ELSE 0 END
), placed AS (
  SELECT
    *,
    SUM(customers) OVER (ORDER BY spend_minor DESC) AS up_to_here,
    CEIL(CAST(SUM(customers) OVER () AS Nullable(Float64)) / 5) AS top_customers
  FROM by_spend
)
SELECT
  CAST(SUM(customers) AS Nullable(Int64)) AS customers,
  CAST(SUM(customers_before) AS Nullable(Int64)) AS customers_before,
  CAST(SUM(active) AS Nullable(Int64)) AS active,
  CAST(SUM(loyal) AS Nullable(Int64)) AS loyal,
  CAST(SUM(fell_silent) AS Nullable(Int64)) AS fell_silent,
  CAST(SUM(customers * spend_minor) AS Nullable(Int64)) AS spend_minor,
  CAST(SUM(
    CASE
      WHEN up_to_here <= top_customers
      THEN customers * spend_minor
      WHEN up_to_here - customers < top_customers
      THEN (
        CAST(top_customers AS Nullable(Int64)) - up_to_here + customers
      ) * spend_minor
      ELSE 0
    END
  ) AS Nullable(Int64)) AS top_minor
FROM placed;

-- segment_sizes, generated for clickhouse; not run by any test
WITH pace AS (
  
  
  
  
  
  
  
  
  WITH known AS (
    SELECT
      customer_id,
      MIN(order_day) AS first_order,
      MAX(order_day) AS last_order,
      toInt64(COUNT(order_day)) AS order_days,
      CAST(SUM(amount_minor) AS Nullable(Int64)) AS total_minor,
      SUM(
        CAST(amount_minor AS Nullable(Float64)) * CAST(amount_minor AS Nullable(Float64))
      ) AS total_squares,
      toInt64(
        COUNT(
          CASE
            WHEN order_day >= CAST('2021-01-31' AS Nullable(Date32))
            AND order_day < CAST('2021-01-31' AS Nullable(Date32))
            THEN 1
          END
        )
      ) AS habit_order_days,
      toInt64(COUNT(CASE WHEN order_day >= CAST('2021-01-31' AS Nullable(Date32)) THEN 1 END)) AS recent_order_days
    FROM customer_days
    WHERE
      order_date <= CAST('2021-01-31' AS Nullable(Date32))
    GROUP BY
      customer_id
  )
  SELECT
    customer_id,
    first_order,
    last_order,
    order_days,
    total_minor,
    total_squares,
    habit_order_days - CASE
      WHEN first_order >= CAST('2021-01-31' AS Nullable(Date32))
      AND first_order < CAST('2021-01-31' AS Nullable(Date32))
      THEN 1
      ELSE 0
    END AS habit_order_days,
    recent_order_days - CASE WHEN first_order >= CAST('2021-01-31' AS Nullable(Date32)) THEN 1 ELSE 0 END AS recent_order_days
  FROM known
  WHERE
    NOT (
      first_order IS NULL
    )
), segments AS (
  
  
  
  
  
  
  WITH paces AS (
    SELECT
      customer_id,
      habit_order_days + recent_order_days AS orders,
      CASE
        WHEN DATE_DIFF(DAY, first_order, CAST('2021-01-31' AS Nullable(Date32))) < 393
        THEN DATE_DIFF(DAY, first_order, CAST('2021-01-31' AS Nullable(Date32)))
        ELSE 393
      END AS days
    FROM pace
  ), gaps AS (
    SELECT
      customer_id,
      CAST(30.4375 AS Nullable(Float64)) / CAST(CAST(30.4375 AS Nullable(Float64)) * (
        orders + CAST(0.75 AS Nullable(Float64))
      ) / CAST(days + 28 AS Nullable(Float64)) AS Nullable(Float64)) AS gap
    FROM paces
  )
  SELECT
    customer_id,
    CASE
      WHEN gap <= CAST(8.0 AS Nullable(Float64))
      THEN '0'
      WHEN gap <= CAST(15.0 AS Nullable(Float64))
      THEN '1'
      WHEN gap <= CAST(24.0 AS Nullable(Float64))
      THEN '2'
      ELSE '3'
    END AS segment
  FROM gaps
)
SELECT
  segment,
  toInt64(COUNT(*)) AS customers
FROM segments
WHERE
  NOT (
    segment IS NULL
  )
GROUP BY
  segment
ORDER BY
  segment;

-- silences, generated for clickhouse; not run by any test
WITH pace AS (
  
  
  
  
  
  
  
  
  WITH known AS (
    SELECT
      customer_id,
      MIN(order_day) AS first_order,
      MAX(order_day) AS last_order,
      toInt64(COUNT(order_day)) AS order_days,
      CAST(SUM(amount_minor) AS Nullable(Int64)) AS total_minor,
      SUM(
        CAST(amount_minor AS Nullable(Float64)) * CAST(amount_minor AS Nullable(Float64))
      ) AS total_squares,
      toInt64(
        COUNT(
          CASE
            WHEN order_day >= CAST('2021-01-31' AS Nullable(Date32))
            AND order_day < CAST('2021-01-31' AS Nullable(Date32))
            THEN 1
          END
        )
      ) AS habit_order_days,
      toInt64(COUNT(CASE WHEN order_day >= CAST('2021-01-31' AS Nullable(Date32)) THEN 1 END)) AS recent_order_days
    FROM customer_days
    WHERE
      order_date <= CAST('2021-01-31' AS Nullable(Date32))
    GROUP BY
      customer_id
  )
  SELECT
    customer_id,
    first_order,
    last_order,
    order_days,
    total_minor,
    total_squares,
    habit_order_days - CASE
      WHEN first_order >= CAST('2021-01-31' AS Nullable(Date32))
      AND first_order < CAST('2021-01-31' AS Nullable(Date32))
      THEN 1
      ELSE 0
    END AS habit_order_days,
    recent_order_days - CASE WHEN first_order >= CAST('2021-01-31' AS Nullable(Date32)) THEN 1 ELSE 0 END AS recent_order_days
  FROM known
  WHERE
    NOT (
      first_order IS NULL
    )
), segments AS (
  
  
  
  
  
  
  WITH paces AS (
    SELECT
      customer_id,
      habit_order_days + recent_order_days AS orders,
      CASE
        WHEN DATE_DIFF(DAY, first_order, CAST('2021-01-31' AS Nullable(Date32))) < 393
        THEN DATE_DIFF(DAY, first_order, CAST('2021-01-31' AS Nullable(Date32)))
        ELSE 393
      END AS days
    FROM pace
  ), gaps AS (
    SELECT
      customer_id,
      CAST(30.4375 AS Nullable(Float64)) / CAST(CAST(30.4375 AS Nullable(Float64)) * (
        orders + CAST(0.75 AS Nullable(Float64))
      ) / CAST(days + 28 AS Nullable(Float64)) AS Nullable(Float64)) AS gap
    FROM paces
  )
  SELECT
    customer_id,
    CASE
      WHEN gap <= CAST(8.0 AS Nullable(Float64))
      THEN '0'
      WHEN gap <= CAST(15.0 AS Nullable(Float64))
      THEN '1'
      WHEN gap <= CAST(24.0 AS Nullable(Float64))
      THEN '2'
      ELSE '3'
    END AS segment
  FROM gaps
), order_days AS (
  SELECT
    customer_id,
    order_date
  FROM customer_days
  WHERE
    order_day <= CAST('2021-01-31' AS Nullable(Date32))
), steps AS (
  SELECT
    customer_id,
    order_date,
    lead(order_date) OVER (PARTITION BY customer_id ORDER BY order_date) AS next_order
  FROM order_days
), silences AS (
  SELECT
    customer_id,
    CASE WHEN next_order IS NULL THEN 0 ELSE 1 END AS ended,
    DATE_DIFF(DAY, order_date, COALESCE(next_order, CAST('2021-01-31' AS Nullable(Date32)))) AS days,
    CASE
      WHEN next_order > CAST('2021-01-31' AS Nullable(Date32))
      THEN DATE_DIFF(DAY, order_date, next_order)
    END AS habit_days
  FROM steps
), longest_of_each AS (
  SELECT
    customer_id,
    MAX(habit_days) AS longest_days
  FROM silences
  GROUP BY
    customer_id
), ranked AS (
  SELECT
    longest_of_each.customer_id,
    COALESCE(segments.segment, '') AS segment,
    (
      ROW_NUMBER() OVER (PARTITION BY COALESCE(segments.segment, '') ORDER BY longest_of_each.customer_id) - 1
    ) % 5 AS customer_group,
    longest_of_each.longest_days
  FROM longest_of_each
  LEFT JOIN segments
    ON longest_of_each.customer_id = segments.customer_id
), counts AS (
  SELECT
    ranked.segment,
    ranked.customer_group,
    silences.days,
    silences.ended,
    toInt64(COUNT(*)) AS silences
  FROM silences
  INNER JOIN ranked
    ON silences.customer_id = ranked.customer_id
  WHERE
    silences.days > 0
  GROUP BY
    ranked.segment,
    ranked.customer_group,
    silences.days,
    silences.ended
), longest AS (
  SELECT
    segment,
    customer_group,
    longest_days AS days,
    1 AS ended,
    toInt64(COUNT(*)) AS longest
  FROM ranked
  WHERE
    NOT (
      longest_days IS NULL
    )
  GROUP BY
    segment,
    customer_group,
    longest_days
)
SELECT
  counts.segment,
  counts.customer_group,
  counts.days,
  counts.ended,
  counts.silences,
  COALESCE(longest.longest, 0) AS longest
FROM counts
LEFT JOIN longest
  ON counts.segment = longest.segment
  AND counts.customer_group = longest.customer_group
  AND counts.days = longest.days
  AND counts.ended = longest.ended
ORDER BY
  counts.segment,
  counts.customer_group,
  counts.days,
  counts.ended;

-- spell_counts, generated for clickhouse; not run by any test
WITH spells AS (
  
  
  
  
  
  
  
  WITH order_days AS (
    SELECT
      customer_id,
      DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), order_date) AS day
    FROM customer_days
    WHERE
      order_day <= CAST('2021-01-31' AS Nullable(Date32))
      AND order_day >= CAST('2021-01-31' AS Nullable(Date32))
  ), earlier AS (
    SELECT
      customer_id,
      1 AS spells
    FROM customer_days
    WHERE
      order_day < CAST('2021-01-31' AS Nullable(Date32))
    GROUP BY
      customer_id
  ), steps AS (
    SELECT
      customer_id,
      day,
      day - lag(day) OVER (PARTITION BY customer_id ORDER BY day) AS silence_before,
      lead(day) OVER (PARTITION BY customer_id ORDER BY day) - day AS silence_after
    FROM order_days
  ), edges AS (
    SELECT
      customer_id,
      day,
      CASE WHEN silence_before <= 60 THEN 0 ELSE 1 END AS is_first,
      CASE WHEN silence_after <= 60 THEN 0 ELSE 1 END AS is_last
    FROM steps
    WHERE
      NOT (
        COALESCE(silence_before, 60 + 1) <= 60 AND COALESCE(silence_after, 60 + 1) <= 60
      )
  ), paired AS (
    SELECT
      customer_id,
      day AS start_day,
      is_first,
      CASE
        WHEN is_last = 1
        THEN day
        ELSE lead(day) OVER (PARTITION BY customer_id ORDER BY day)
      END + 60 AS lost_day
    FROM edges
  ), numbered AS (
    SELECT
      customer_id,
      start_day,
      lost_day,
      ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY start_day) AS spell,
      lead(start_day) OVER (PARTITION BY customer_id ORDER BY start_day) AS next_day
    FROM paired
    WHERE
      is_first = 1
  )
  SELECT
    numbered.customer_id,
    CAST(numbered.spell + COALESCE(earlier.spells, 0) AS Nullable(Int64)) AS spell,
    numbered.start_day AS origin_day,
    numbered.start_day,
    CASE WHEN numbered.lost_day <= 0 THEN numbered.lost_day END AS end_day,
    numbered.next_day,
    CASE
      WHEN numbered.spell + COALESCE(earlier.spells, 0) > 1
      OR numbered.start_day > DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), CAST('2021-01-31' AS Nullable(Date32)))
      THEN 1
      ELSE 0
    END AS start_known,
    CAST(NULL AS Nullable(String)) AS reason
  FROM numbered
  LEFT JOIN earlier
    ON numbered.customer_id = earlier.customer_id
), pace AS (
  
  
  
  
  
  
  
  
  WITH known AS (
    SELECT
      customer_id,
      MIN(order_day) AS first_order,
      MAX(order_day) AS last_order,
      toInt64(COUNT(order_day)) AS order_days,
      CAST(SUM(amount_minor) AS Nullable(Int64)) AS total_minor,
      SUM(
        CAST(amount_minor AS Nullable(Float64)) * CAST(amount_minor AS Nullable(Float64))
      ) AS total_squares,
      toInt64(
        COUNT(
          CASE
            WHEN order_day >= CAST('2021-01-31' AS Nullable(Date32))
            AND order_day < CAST('2021-01-31' AS Nullable(Date32))
            THEN 1
          END
        )
      ) AS habit_order_days,
      toInt64(COUNT(CASE WHEN order_day >= CAST('2021-01-31' AS Nullable(Date32)) THEN 1 END)) AS recent_order_days
    FROM customer_days
    WHERE
      order_date <= CAST('2021-01-31' AS Nullable(Date32))
    GROUP BY
      customer_id
  )
  SELECT
    customer_id,
    first_order,
    last_order,
    order_days,
    total_minor,
    total_squares,
    habit_order_days - CASE
      WHEN first_order >= CAST('2021-01-31' AS Nullable(Date32))
      AND first_order < CAST('2021-01-31' AS Nullable(Date32))
      THEN 1
      ELSE 0
    END AS habit_order_days,
    recent_order_days - CASE WHEN first_order >= CAST('2021-01-31' AS Nullable(Date32)) THEN 1 ELSE 0 END AS recent_order_days
  FROM known
  WHERE
    NOT (
      first_order IS NULL
    )
), segments AS (
  
  
  
  
  
  
  WITH paces AS (
    SELECT
      customer_id,
      habit_order_days + recent_order_days AS orders,
      CASE
        WHEN DATE_DIFF(DAY, first_order, CAST('2021-01-31' AS Nullable(Date32))) < 393
        THEN DATE_DIFF(DAY, first_order, CAST('2021-01-31' AS Nullable(Date32)))
        ELSE 393
      END AS days
    FROM pace
  ), gaps AS (
    SELECT
      customer_id,
      CAST(30.4375 AS Nullable(Float64)) / CAST(CAST(30.4375 AS Nullable(Float64)) * (
        orders + CAST(0.75 AS Nullable(Float64))
      ) / CAST(days + 28 AS Nullable(Float64)) AS Nullable(Float64)) AS gap
    FROM paces
  )
  SELECT
    customer_id,
    CASE
      WHEN gap <= CAST(8.0 AS Nullable(Float64))
      THEN '0'
      WHEN gap <= CAST(15.0 AS Nullable(Float64))
      THEN '1'
      WHEN gap <= CAST(24.0 AS Nullable(Float64))
      THEN '2'
      ELSE '3'
    END AS segment
  FROM gaps
), flows AS (
  SELECT
    customer_id,
    CASE
      WHEN start_day < DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), CAST('2021-01-31' AS Nullable(Date32)))
      THEN DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), CAST('2021-01-31' AS Nullable(Date32))) - 1
      ELSE start_day
    END AS start_day,
    end_day,
    CASE
      WHEN spell > 1
      AND start_day >= DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), CAST('2021-01-31' AS Nullable(Date32)))
      THEN 1
      ELSE 0
    END AS is_again,
    CASE WHEN next_day IS NULL THEN 0 ELSE 1 END AS is_back,
    reason
  FROM spells
  WHERE
    end_day IS NULL
    OR end_day >= DATE_DIFF(DAY, CAST('2021-01-31' AS Nullable(Date32)), CAST('2021-01-31' AS Nullable(Date32)))
)
SELECT
  segments.segment,
  flows.start_day,
  flows.end_day,
  flows.is_again,
  flows.is_back,
  flows.reason,
  toInt64(COUNT(*)) AS spells
FROM flows
LEFT JOIN segments
  ON flows.customer_id = segments.customer_id
GROUP BY
  segments.segment,
  flows.start_day,
  flows.end_day,
  flows.is_again,
  flows.is_back,
  flows.reason
ORDER BY
  segments.segment,
  flows.start_day,
  flows.end_day,
  flows.is_again,
  flows.is_back,
  flows.reason;

-- spend_between, generated for clickhouse; not run by any test
SELECT
  customer_id,
  toInt64(COUNT(order_day)) AS order_days,
  CAST(SUM(amount_minor) AS Nullable(Int64)) AS amount_minor
FROM customer_days
WHERE
  order_date > CAST('2021-01-31' AS Nullable(Date32))
  AND order_date <= CAST('2021-01-31' AS Nullable(Date32))
GROUP BY
  customer_id
ORDER BY
  customer_id;

-- stayed_away, generated for clickhouse; not run by any test
SELECT
  customer_id,
  CAST(SUM(orders) AS Nullable(Int64)) AS orders,
  CAST(SUM(
    CASE
      WHEN order_date <= CAST('2021-01-31' AS Nullable(Date32))
      THEN amount_minor
      ELSE 0
    END
  ) AS Nullable(Int64)) AS spend_minor,
  MAX(order_day) AS last_order
FROM customer_days
WHERE
  order_date BETWEEN CAST('2021-01-31' AS Nullable(Date32)) AND CAST('2021-01-31' AS Nullable(Date32))
GROUP BY
  customer_id
HAVING
  MAX(order_day) <= CAST('2021-01-31' AS Nullable(Date32))
ORDER BY
  customer_id;

-- tier_segments, generated for clickhouse; not run by any test
WITH pace AS (
  
  
  
  
  
  
  
  
  WITH known AS (
    SELECT
      customer_id,
      MIN(order_day) AS first_order,
      MAX(order_day) AS last_order,
      toInt64(COUNT(order_day)) AS order_days,
      CAST(SUM(amount_minor) AS Nullable(Int64)) AS total_minor,
      SUM(
        CAST(amount_minor AS Nullable(Float64)) * CAST(amount_minor AS Nullable(Float64))
      ) AS total_squares,
      toInt64(
        COUNT(
          CASE
            WHEN order_day >= CAST('2021-01-31' AS Nullable(Date32))
            AND order_day < CAST('2021-01-31' AS Nullable(Date32))
            THEN 1
          END
        )
      ) AS habit_order_days,
      toInt64(COUNT(CASE WHEN order_day >= CAST('2021-01-31' AS Nullable(Date32)) THEN 1 END)) AS recent_order_days
    FROM customer_days
    WHERE
      order_date <= CAST('2021-01-31' AS Nullable(Date32))
    GROUP BY
      customer_id
  )
  SELECT
    customer_id,
    first_order,
    last_order,
    order_days,
    total_minor,
    total_squares,
    habit_order_days - CASE
      WHEN first_order >= CAST('2021-01-31' AS Nullable(Date32))
      AND first_order < CAST('2021-01-31' AS Nullable(Date32))
      THEN 1
      ELSE 0
    END AS habit_order_days,
    recent_order_days - CASE WHEN first_order >= CAST('2021-01-31' AS Nullable(Date32)) THEN 1 ELSE 0 END AS recent_order_days
  FROM known
  WHERE
    NOT (
      first_order IS NULL
    )
), spenders AS (
  SELECT
    customer_id,
    total_minor,
    toInt64(COUNT(*) OVER (ORDER BY total_minor DESC)) AS as_many_or_more,
    toInt64(COUNT(*) OVER ()) AS customers
  FROM pace
)
SELECT
  customer_id,
  CASE
    WHEN total_minor > 0
    AND as_many_or_more <= CAST(0.2 AS Nullable(Float64)) * customers + CAST(1e-09 AS Nullable(Float64))
    THEN '0'
    WHEN total_minor > 0
    AND as_many_or_more <= CAST(0.5 AS Nullable(Float64)) * customers + CAST(1e-09 AS Nullable(Float64))
    THEN '1'
    ELSE '2'
  END AS segment
FROM spenders
ORDER BY
  customer_id;
