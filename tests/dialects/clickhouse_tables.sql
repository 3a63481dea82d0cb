-- counts, generated for clickhouse; not run by any test
WITH canonical_rates AS (
  SELECT
    "currency" AS "currency",
    "rate_date" AS "rate_date",
    "rate" AS "rate"
  FROM (
    SELECT
      *,
      REGEXP_REPLACE(
        nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_currency" AS Nullable(String))), ''),
        '[\t\n\v\f\r]+',
        ' '
      ) AS "currency",
      "given_rate_date" AS "rate_date",
      CAST(CASE
        WHEN "given_rate" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308
        THEN "given_rate"
      END AS Nullable(Float64)) AS "rate"
    FROM (
      SELECT
        raw."cur" AS "given_currency",
        raw."since" AS "given_rate_date",
        raw."worth" AS "given_rate"
      FROM "courses" AS raw
    ) AS given
  ) AS checked
  WHERE
    CASE
      WHEN "currency" IS NULL
      AND (
        nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_currency" AS Nullable(String))), '') IS NULL
      )
      THEN 0
      WHEN REGEXP_REPLACE("currency", '[\x01-\b\v\f\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]', '') <> "currency"
      THEN 1
      WHEN "rate_date" IS NULL AND (
        "given_rate_date" IS NULL
      )
      THEN 2
      WHEN "rate_date" IS NULL AND NOT (
        "given_rate_date" IS NULL
      )
      THEN 3
      WHEN NOT "rate_date" BETWEEN CAST('1900-01-01' AS Nullable(Date32)) AND CAST('2199-12-31' AS Nullable(Date32))
      THEN 4
      WHEN "rate" IS NULL
      AND (
        "given_rate" IS NULL OR LOWER(CAST("given_rate" AS Nullable(String))) = 'nan'
      )
      THEN 5
      WHEN "rate" IS NULL
      AND NOT (
        "given_rate" IS NULL OR LOWER(CAST("given_rate" AS Nullable(String))) = 'nan'
      )
      THEN 6
      WHEN "rate" < 1e-09
      THEN 7
      WHEN NOT match(currency, '^[A-Z]{3}$')
      THEN 8
    END IS NULL
)
SELECT
  broken,
  toInt64(COUNT(*)) AS how_many,
  (
    SELECT
      toInt64(COUNT(*))
    FROM "lines"
  ) AS rows_in,
  SUM(
    CASE
      WHEN (
        (
          NOT (
            "amount_minor" IS NULL
          )
          AND ABS("amount_scaled" - ROUND("amount_scaled")) > 1e-6
        )
        OR (
          NOT (
            "refunded_amount_minor" IS NULL
          )
          AND ABS("refunded_amount_scaled" - ROUND("refunded_amount_scaled")) > 1e-6
        )
      )
      THEN 1
      ELSE 0
    END
  ) AS finer,
  CAST(SUM(CASE WHEN broken IS NULL THEN CHAR_LENGTH("customer_id") END) AS Nullable(String)) AS sum_0,
  CAST(SUM(
    CASE
      WHEN broken IS NULL
      THEN CHAR_LENGTH(COALESCE("order_id", customer_id || ' ' || CAST(order_date AS Nullable(String))))
    END
  ) AS Nullable(String)) AS sum_1,
  CAST(SUM(
    CASE
      WHEN broken IS NULL
      THEN DATE_DIFF(DAY, CAST('1970-01-01' AS Nullable(Date32)), "order_date")
    END
  ) AS Nullable(String)) AS sum_2,
  CAST(SUM(CASE WHEN broken IS NULL THEN "amount_minor" END) AS Nullable(String)) AS sum_3,
  CAST(SUM(CASE WHEN broken IS NULL THEN CHAR_LENGTH("product_id") END) AS Nullable(String)) AS sum_4,
  CAST(SUM(CASE WHEN broken IS NULL THEN CHAR_LENGTH("category") END) AS Nullable(String)) AS sum_5,
  CAST(SUM(
    CASE WHEN broken IS NULL THEN CASE WHEN NOT (
      "quantity" IS NULL
    ) THEN 1 END END
  ) AS Nullable(String)) AS sum_6
FROM (
  SELECT
    *,
    CASE
      WHEN is_cancelled
      THEN 0
      WHEN NOT COALESCE(UPPER(currency) = 'EUR', TRUE)
      AND NOT (
        order_date IS NULL
      )
      AND rate IS NULL
      THEN 1
      WHEN "customer_id" IS NULL
      THEN 2
      WHEN REGEXP_REPLACE("customer_id", '[\x01-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe]', '') <> "customer_id"
      THEN 3
      WHEN "order_date" IS NULL AND (
        "given_order_date" IS NULL
      )
      THEN 4
      WHEN "order_date" IS NULL AND NOT (
        "given_order_date" IS NULL
      )
      THEN 5
      WHEN NOT "order_date" BETWEEN CAST('1900-01-01' AS Nullable(Date32)) AND CAST('2199-12-31' AS Nullable(Date32))
      THEN 6
      WHEN "amount_minor" IS NULL
      AND (
        "given_amount" IS NULL OR LOWER(CAST("given_amount" AS Nullable(String))) = 'nan'
      )
      THEN 7
      WHEN "amount_minor" IS NULL
      AND LOWER(CAST("given_amount" AS Nullable(String))) IN ('inf', '-inf', 'infinity', '-infinity')
      THEN 8
      WHEN "amount_minor" IS NULL
      AND NOT (
        "given_amount" IS NULL OR LOWER(CAST("given_amount" AS Nullable(String))) = 'nan'
      )
      THEN 9
      WHEN REGEXP_REPLACE("category", '[\x01-\b\v\f\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]', '') <> "category"
      THEN 10
      WHEN "quantity" IS NULL
      AND NOT (
        "given_quantity" IS NULL
        OR LOWER(CAST("given_quantity" AS Nullable(String))) = 'nan'
      )
      THEN 11
      WHEN "refunded_amount_minor" IS NULL
      AND LOWER(CAST("given_refunded_amount" AS Nullable(String))) IN ('inf', '-inf', 'infinity', '-infinity')
      THEN 12
      WHEN "refunded_amount_minor" IS NULL
      AND NOT (
        "given_refunded_amount" IS NULL
        OR LOWER(CAST("given_refunded_amount" AS Nullable(String))) = 'nan'
      )
      THEN 13
      WHEN "is_cancelled" IS NULL
      AND NOT (
        nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_is_cancelled" AS Nullable(String))), '') IS NULL
      )
      THEN 14
      WHEN REGEXP_REPLACE("currency", '[\x01-\b\v\f\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]', '') <> "currency"
      THEN 15
    END AS broken
  FROM (
    SELECT
      read.*,
      rates.rate,
      CASE
        WHEN COALESCE(UPPER(currency) = 'EUR', TRUE)
        THEN (
          "own_amount_minor" - COALESCE(ABS(refunded_amount_minor), 0)
        )
        ELSE CASE
          WHEN (
            "own_amount_minor" - COALESCE(ABS(refunded_amount_minor), 0)
          ) * rates.rate BETWEEN -9.2e+18 AND 9.2e+18
          THEN CASE
            WHEN (
              "own_amount_minor" - COALESCE(ABS(refunded_amount_minor), 0)
            ) * rates.rate < 0
            THEN -(
              accurateCastOrNull(
                FLOOR(
                  ABS((
                    "own_amount_minor" - COALESCE(ABS(refunded_amount_minor), 0)
                  ) * rates.rate)
                ),
                'Int64'
              ) + CASE
                WHEN ABS((
                  "own_amount_minor" - COALESCE(ABS(refunded_amount_minor), 0)
                ) * rates.rate) - FLOOR(
                  ABS((
                    "own_amount_minor" - COALESCE(ABS(refunded_amount_minor), 0)
                  ) * rates.rate)
                ) >= 0.5
                THEN 1
                ELSE 0
              END
            )
            ELSE (
              accurateCastOrNull(
                FLOOR(
                  ABS((
                    "own_amount_minor" - COALESCE(ABS(refunded_amount_minor), 0)
                  ) * rates.rate)
                ),
                'Int64'
              ) + CASE
                WHEN ABS((
                  "own_amount_minor" - COALESCE(ABS(refunded_amount_minor), 0)
                ) * rates.rate) - FLOOR(
                  ABS((
                    "own_amount_minor" - COALESCE(ABS(refunded_amount_minor), 0)
                  ) * rates.rate)
                ) >= 0.5
                THEN 1
                ELSE 0
              END
            )
          END
        END
      END AS "amount_minor"
    FROM (
      SELECT
        *,
        CASE
          WHEN CHAR_LENGTH(
            nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_customer_id" AS Nullable(String))), '')
          ) > 4
          OR NOT (
            LOWER(
              nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_customer_id" AS Nullable(String))), '')
            ) IN ('null', 'nan', 'none', 'nat', 'n/a', '#n/a', '<na>', '\\n')
          )
          THEN nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_customer_id" AS Nullable(String))), '')
        END AS "customer_id",
        CAST("given_order_id" AS Nullable(String)) AS "order_id",
        toDate32(toTimeZone(toDateTime64(toString("given_order_date"), 6, 'America/New_York'), 'Europe/Berlin')) AS "order_date",
        CASE
          WHEN "amount_scaled" < 0
          THEN -(
            accurateCastOrNull(FLOOR(ABS("amount_scaled")), 'Int64') + CASE
              WHEN ABS("amount_scaled") - FLOOR(ABS("amount_scaled")) >= 0.5
              THEN 1
              ELSE 0
            END
          )
          ELSE (
            accurateCastOrNull(FLOOR(ABS("amount_scaled")), 'Int64') + CASE
              WHEN ABS("amount_scaled") - FLOOR(ABS("amount_scaled")) >= 0.5
              THEN 1
              ELSE 0
            END
          )
        END AS "own_amount_minor",
        CAST(NULL AS Nullable(String)) AS "product_id",
        REGEXP_REPLACE(
          nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_category" AS Nullable(String))), ''),
          '[\t\n\v\f\r]+',
          ' '
        ) AS "category",
        CAST(CASE
          WHEN "given_quantity" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308
          THEN "given_quantity"
        END AS Nullable(Float64)) AS "quantity",
        CAST(NULL AS Nullable(Int64)) AS "unit_price_minor",
        CAST(NULL AS Nullable(Bool)) AS "is_refund",
        CASE
          WHEN "refunded_amount_scaled" < 0
          THEN -(
            accurateCastOrNull(FLOOR(ABS("refunded_amount_scaled")), 'Int64') + CASE
              WHEN ABS("refunded_amount_scaled") - FLOOR(ABS("refunded_amount_scaled")) >= 0.5
              THEN 1
              ELSE 0
            END
          )
          ELSE (
            accurateCastOrNull(FLOOR(ABS("refunded_amount_scaled")), 'Int64') + CASE
              WHEN ABS("refunded_amount_scaled") - FLOOR(ABS("refunded_amount_scaled")) >= 0.5
              THEN 1
              ELSE 0
            END
          )
        END AS "refunded_amount_minor",
        CASE
          WHEN LOWER(
            nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_is_cancelled" AS Nullable(String))), '')
          ) IS NULL
          THEN NULL
          WHEN LOWER(
            nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_is_cancelled" AS Nullable(String))), '')
          ) IN ('true', 'yes', 'y', '1', 't', 'ja', 'j', '是', '对')
          THEN TRUE
          WHEN LOWER(
            nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_is_cancelled" AS Nullable(String))), '')
          ) IN ('false', 'no', 'n', '0', 'f', 'nein', '否', '不')
          THEN FALSE
        END AS "is_cancelled",
        CAST(NULL AS Nullable(Bool)) AS "is_sale",
        CAST(NULL AS Nullable(Bool)) AS "is_further",
        REGEXP_REPLACE(
          nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_currency" AS Nullable(String))), ''),
          '[\t\n\v\f\r]+',
          ' '
        ) AS "currency"
      FROM (
        SELECT
          *,
          CASE
            WHEN "amount_number" BETWEEN -9.007199254740992e+13 AND 9.007199254740992e+13
            THEN "amount_number" * 100
          END AS "amount_scaled",
          CASE
            WHEN "refunded_amount_number" BETWEEN -9.200000000000000e+16 AND 9.200000000000000e+16
            THEN "refunded_amount_number" * 100
          END AS "refunded_amount_scaled"
        FROM (
          SELECT
            *,
            CASE
              WHEN "given_amount" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308
              THEN "given_amount"
            END AS "amount_number",
            CASE
              WHEN "given_refunded_amount" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308
              THEN "given_refunded_amount"
            END AS "refunded_amount_number"
          FROM (
            SELECT
              raw."Buyer" AS "given_customer_id",
              raw."day" AS "given_order_date",
              raw."paid" AS "given_amount",
              raw."no" AS "given_order_id",
              raw."group" AS "given_category",
              raw."pieces" AS "given_quantity",
              raw."refunded" AS "given_refunded_amount",
              raw."cancelled" AS "given_is_cancelled",
              raw."cur" AS "given_currency"
            FROM "lines" AS raw
          ) AS given
        ) AS given
      ) AS given
    ) AS read
    LEFT JOIN (
      SELECT
        currency AS code,
        rate_date,
        rate,
        lead(rate_date) OVER (PARTITION BY currency ORDER BY rate_date) AS next_date
      FROM canonical_rates AS rates
    ) AS rates
      ON UPPER(read.currency) = rates.code
      AND read.order_date >= rates.rate_date
      AND (
        rates.next_date IS NULL OR read.order_date < rates.next_date
      )
  ) AS checked
) AS judged
GROUP BY
  broken
ORDER BY
  broken;

-- rejects, generated for clickhouse; not run by any test
WITH canonical_rates AS (
  SELECT
    "currency" AS "currency",
    "rate_date" AS "rate_date",
    "rate" AS "rate"
  FROM (
    SELECT
      *,
      REGEXP_REPLACE(
        nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_currency" AS Nullable(String))), ''),
        '[\t\n\v\f\r]+',
        ' '
      ) AS "currency",
      "given_rate_date" AS "rate_date",
      CAST(CASE
        WHEN "given_rate" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308
        THEN "given_rate"
      END AS Nullable(Float64)) AS "rate"
    FROM (
      SELECT
        raw."cur" AS "given_currency",
        raw."since" AS "given_rate_date",
        raw."worth" AS "given_rate"
      FROM "courses" AS raw
    ) AS given
  ) AS checked
  WHERE
    CASE
      WHEN "currency" IS NULL
      AND (
        nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_currency" AS Nullable(String))), '') IS NULL
      )
      THEN 0
      WHEN REGEXP_REPLACE("currency", '[\x01-\b\v\f\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]', '') <> "currency"
      THEN 1
      WHEN "rate_date" IS NULL AND (
        "given_rate_date" IS NULL
      )
      THEN 2
      WHEN "rate_date" IS NULL AND NOT (
        "given_rate_date" IS NULL
      )
      THEN 3
      WHEN NOT "rate_date" BETWEEN CAST('1900-01-01' AS Nullable(Date32)) AND CAST('2199-12-31' AS Nullable(Date32))
      THEN 4
      WHEN "rate" IS NULL
      AND (
        "given_rate" IS NULL OR LOWER(CAST("given_rate" AS Nullable(String))) = 'nan'
      )
      THEN 5
      WHEN "rate" IS NULL
      AND NOT (
        "given_rate" IS NULL OR LOWER(CAST("given_rate" AS Nullable(String))) = 'nan'
      )
      THEN 6
      WHEN "rate" < 1e-09
      THEN 7
      WHEN NOT match(currency, '^[A-Z]{3}$')
      THEN 8
    END IS NULL
)
SELECT
  'lines' AS file,
  CAST(NULL AS Nullable(Int64)) AS line,
  CASE broken
    WHEN 0
    THEN 'cancelled'
    WHEN 1
    THEN 'cur'
    WHEN 2
    THEN 'Buyer'
    WHEN 3
    THEN 'Buyer'
    WHEN 4
    THEN 'day'
    WHEN 5
    THEN 'day'
    WHEN 6
    THEN 'day'
    WHEN 7
    THEN 'paid'
    WHEN 8
    THEN 'paid'
    WHEN 9
    THEN 'paid'
    WHEN 10
    THEN 'group'
    WHEN 11
    THEN 'pieces'
    WHEN 12
    THEN 'refunded'
    WHEN 13
    THEN 'refunded'
    WHEN 14
    THEN 'cancelled'
    WHEN 15
    THEN 'cur'
  END AS "column",
  CASE broken
    WHEN 0
    THEN LEFT(CAST("given_is_cancelled" AS Nullable(String)), 200)
    WHEN 1
    THEN LEFT(CAST("given_currency" AS Nullable(String)), 200)
    WHEN 2
    THEN LEFT(CAST("given_customer_id" AS Nullable(String)), 200)
    WHEN 3
    THEN LEFT(CAST("given_customer_id" AS Nullable(String)), 200)
    WHEN 4
    THEN LEFT(CAST("given_order_date" AS Nullable(String)), 200)
    WHEN 5
    THEN LEFT(CAST("given_order_date" AS Nullable(String)), 200)
    WHEN 6
    THEN LEFT(CAST("given_order_date" AS Nullable(String)), 200)
    WHEN 7
    THEN LEFT(CAST("given_amount" AS Nullable(String)), 200)
    WHEN 8
    THEN LEFT(CAST("given_amount" AS Nullable(String)), 200)
    WHEN 9
    THEN LEFT(CAST("given_amount" AS Nullable(String)), 200)
    WHEN 10
    THEN LEFT(CAST("given_category" AS Nullable(String)), 200)
    WHEN 11
    THEN LEFT(CAST("given_quantity" AS Nullable(String)), 200)
    WHEN 12
    THEN LEFT(CAST("given_refunded_amount" AS Nullable(String)), 200)
    WHEN 13
    THEN LEFT(CAST("given_refunded_amount" AS Nullable(String)), 200)
    WHEN 14
    THEN LEFT(CAST("given_is_cancelled" AS Nullable(String)), 200)
    WHEN 15
    THEN LEFT(CAST("given_currency" AS Nullable(String)), 200)
  END AS "value",
  CASE broken
    WHEN 0
    THEN 'the row is cancelled'
    WHEN 1
    THEN 'no rate turns the currency into EUR on that day'
    WHEN 2
    THEN 'the customer is missing'
    WHEN 3
    THEN 'the customer has an invisible character'
    WHEN 4
    THEN 'the date is missing'
    WHEN 5
    THEN 'the date is not a date'
    WHEN 6
    THEN 'the date is not between 1900 and 2199'
    WHEN 7
    THEN 'the amount is missing'
    WHEN 8
    THEN 'the amount is not finite'
    WHEN 9
    THEN 'the amount is too large'
    WHEN 10
    THEN 'the category has a control character'
    WHEN 11
    THEN 'the quantity is not a number'
    WHEN 12
    THEN 'the refunded amount is not finite'
    WHEN 13
    THEN 'the refunded amount is too large'
    WHEN 14
    THEN 'the cancellation is neither yes nor no (is_cancelled_values says which values mean yes)'
    WHEN 15
    THEN 'the currency has a control character'
  END AS rule
FROM (
  SELECT
    *,
    CASE
      WHEN is_cancelled
      THEN 0
      WHEN NOT COALESCE(UPPER(currency) = 'EUR', TRUE)
      AND NOT (
        order_date IS NULL
      )
      AND rate IS NULL
      THEN 1
      WHEN "customer_id" IS NULL
      THEN 2
      WHEN REGEXP_REPLACE("customer_id", '[\x01-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe]', '') <> "customer_id"
      THEN 3
      WHEN "order_date" IS NULL AND (
        "given_order_date" IS NULL
      )
      THEN 4
      WHEN "order_date" IS NULL AND NOT (
        "given_order_date" IS NULL
      )
      THEN 5
      WHEN NOT "order_date" BETWEEN CAST('1900-01-01' AS Nullable(Date32)) AND CAST('2199-12-31' AS Nullable(Date32))
      THEN 6
      WHEN "amount_minor" IS NULL
      AND (
        "given_amount" IS NULL OR LOWER(CAST("given_amount" AS Nullable(String))) = 'nan'
      )
      THEN 7
      WHEN "amount_minor" IS NULL
      AND LOWER(CAST("given_amount" AS Nullable(String))) IN ('inf', '-inf', 'infinity', '-infinity')
      THEN 8
      WHEN "amount_minor" IS NULL
      AND NOT (
        "given_amount" IS NULL OR LOWER(CAST("given_amount" AS Nullable(String))) = 'nan'
      )
      THEN 9
      WHEN REGEXP_REPLACE("category", '[\x01-\b\v\f\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]', '') <> "category"
      THEN 10
      WHEN "quantity" IS NULL
      AND NOT (
        "given_quantity" IS NULL
        OR LOWER(CAST("given_quantity" AS Nullable(String))) = 'nan'
      )
      THEN 11
      WHEN "refunded_amount_minor" IS NULL
      AND LOWER(CAST("given_refunded_amount" AS Nullable(String))) IN ('inf', '-inf', 'infinity', '-infinity')
      THEN 12
      WHEN "refunded_amount_minor" IS NULL
      AND NOT (
        "given_refunded_amount" IS NULL
        OR LOWER(CAST("given_refunded_amount" AS Nullable(String))) = 'nan'
      )
      THEN 13
      WHEN "is_cancelled" IS NULL
      AND NOT (
        nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_is_cancelled" AS Nullable(String))), '') IS NULL
      )
      THEN 14
      WHEN REGEXP_REPLACE("currency", '[\x01-\b\v\f\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]', '') <> "currency"
      THEN 15
    END AS broken
  FROM (
    SELECT
      read.*,
      rates.rate,
      CASE
        WHEN COALESCE(UPPER(currency) = 'EUR', TRUE)
        THEN (
          "own_amount_minor" - COALESCE(ABS(refunded_amount_minor), 0)
        )
        ELSE CASE
          WHEN (
            "own_amount_minor" - COALESCE(ABS(refunded_amount_minor), 0)
          ) * rates.rate BETWEEN -9.2e+18 AND 9.2e+18
          THEN CASE
            WHEN (
              "own_amount_minor" - COALESCE(ABS(refunded_amount_minor), 0)
            ) * rates.rate < 0
            THEN -(
              accurateCastOrNull(
                FLOOR(
                  ABS((
                    "own_amount_minor" - COALESCE(ABS(refunded_amount_minor), 0)
                  ) * rates.rate)
                ),
                'Int64'
              ) + CASE
                WHEN ABS((
                  "own_amount_minor" - COALESCE(ABS(refunded_amount_minor), 0)
                ) * rates.rate) - FLOOR(
                  ABS((
                    "own_amount_minor" - COALESCE(ABS(refunded_amount_minor), 0)
                  ) * rates.rate)
                ) >= 0.5
                THEN 1
                ELSE 0
              END
            )
            ELSE (
              accurateCastOrNull(
                FLOOR(
                  ABS((
                    "own_amount_minor" - COALESCE(ABS(refunded_amount_minor), 0)
                  ) * rates.rate)
                ),
                'Int64'
              ) + CASE
                WHEN ABS((
                  "own_amount_minor" - COALESCE(ABS(refunded_amount_minor), 0)
                ) * rates.rate) - FLOOR(
                  ABS((
                    "own_amount_minor" - COALESCE(ABS(refunded_amount_minor), 0)
                  ) * rates.rate)
                ) >= 0.5
                THEN 1
                ELSE 0
              END
            )
          END
        END
      END AS "amount_minor"
    FROM (
      SELECT
        *,
        CASE
          WHEN CHAR_LENGTH(
            nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_customer_id" AS Nullable(String))), '')
          ) > 4
          OR NOT (
            LOWER(
              nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_customer_id" AS Nullable(String))), '')
            ) IN ('null', 'nan', 'none', 'nat', 'n/a', '#n/a', '<na>', '\\n')
          )
          THEN nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_customer_id" AS Nullable(String))), '')
        END AS "customer_id",
        CAST("given_order_id" AS Nullable(String)) AS "order_id",
        toDate32(toTimeZone(toDateTime64(toString("given_order_date"), 6, 'America/New_York'), 'Europe/Berlin')) AS "order_date",
        CASE
          WHEN "amount_scaled" < 0
          THEN -(
            accurateCastOrNull(FLOOR(ABS("amount_scaled")), 'Int64') + CASE
              WHEN ABS("amount_scaled") - FLOOR(ABS("amount_scaled")) >= 0.5
              THEN 1
              ELSE 0
            END
          )
          ELSE (
            accurateCastOrNull(FLOOR(ABS("amount_scaled")), 'Int64') + CASE
              WHEN ABS("amount_scaled") - FLOOR(ABS("amount_scaled")) >= 0.5
              THEN 1
              ELSE 0
            END
          )
        END AS "own_amount_minor",
        CAST(NULL AS Nullable(String)) AS "product_id",
        REGEXP_REPLACE(
          nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_category" AS Nullable(String))), ''),
          '[\t\n\v\f\r]+',
          ' '
        ) AS "category",
        CAST(CASE
          WHEN "given_quantity" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308
          THEN "given_quantity"
        END AS Nullable(Float64)) AS "quantity",
        CAST(NULL AS Nullable(Int64)) AS "unit_price_minor",
        CAST(NULL AS Nullable(Bool)) AS "is_refund",
        CASE
          WHEN "refunded_amount_scaled" < 0
          THEN -(
            accurateCastOrNull(FLOOR(ABS("refunded_amount_scaled")), 'Int64') + CASE
              WHEN ABS("refunded_amount_scaled") - FLOOR(ABS("refunded_amount_scaled")) >= 0.5
              THEN 1
              ELSE 0
            END
          )
          ELSE (
            accurateCastOrNull(FLOOR(ABS("refunded_amount_scaled")), 'Int64') + CASE
              WHEN ABS("refunded_amount_scaled") - FLOOR(ABS("refunded_amount_scaled")) >= 0.5
              THEN 1
              ELSE 0
            END
          )
        END AS "refunded_amount_minor",
        CASE
          WHEN LOWER(
            nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_is_cancelled" AS Nullable(String))), '')
          ) IS NULL
          THEN NULL
          WHEN LOWER(
            nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_is_cancelled" AS Nullable(String))), '')
          ) IN ('true', 'yes', 'y', '1', 't', 'ja', 'j', '是', '对')
          THEN TRUE
          WHEN LOWER(
            nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_is_cancelled" AS Nullable(String))), '')
          ) IN ('false', 'no', 'n', '0', 'f', 'nein', '否', '不')
          THEN FALSE
        END AS "is_cancelled",
        CAST(NULL AS Nullable(Bool)) AS "is_sale",
        CAST(NULL AS Nullable(Bool)) AS "is_further",
        REGEXP_REPLACE(
          nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_currency" AS Nullable(String))), ''),
          '[\t\n\v\f\r]+',
          ' '
        ) AS "currency"
      FROM (
        SELECT
          *,
          CASE
            WHEN "amount_number" BETWEEN -9.007199254740992e+13 AND 9.007199254740992e+13
            THEN "amount_number" * 100
          END AS "amount_scaled",
          CASE
            WHEN "refunded_amount_number" BETWEEN -9.200000000000000e+16 AND 9.200000000000000e+16
            THEN "refunded_amount_number" * 100
          END AS "refunded_amount_scaled"
        FROM (
          SELECT
            *,
            CASE
              WHEN "given_amount" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308
              THEN "given_amount"
            END AS "amount_number",
            CASE
              WHEN "given_refunded_amount" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308
              THEN "given_refunded_amount"
            END AS "refunded_amount_number"
          FROM (
            SELECT
              raw."Buyer" AS "given_customer_id",
              raw."day" AS "given_order_date",
              raw."paid" AS "given_amount",
              raw."no" AS "given_order_id",
              raw."group" AS "given_category",
              raw."pieces" AS "given_quantity",
              raw."refunded" AS "given_refunded_amount",
              raw."cancelled" AS "given_is_cancelled",
              raw."cur" AS "given_currency"
            FROM "lines" AS raw
          ) AS given
        ) AS given
      ) AS given
    ) AS read
    LEFT JOIN (
      SELECT
        currency AS code,
        rate_date,
        rate,
        lead(rate_date) OVER (PARTITION BY currency ORDER BY rate_date) AS next_date
      FROM canonical_rates AS rates
    ) AS rates
      ON UPPER(read.currency) = rates.code
      AND read.order_date >= rates.rate_date
      AND (
        rates.next_date IS NULL OR read.order_date < rates.next_date
      )
  ) AS checked
) AS judged
WHERE
  NOT (
    broken IS NULL
  );

-- transactions, generated for clickhouse; not run by any test
WITH canonical_rates AS (
  SELECT
    "currency" AS "currency",
    "rate_date" AS "rate_date",
    "rate" AS "rate"
  FROM (
    SELECT
      *,
      REGEXP_REPLACE(
        nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_currency" AS Nullable(String))), ''),
        '[\t\n\v\f\r]+',
        ' '
      ) AS "currency",
      "given_rate_date" AS "rate_date",
      CAST(CASE
        WHEN "given_rate" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308
        THEN "given_rate"
      END AS Nullable(Float64)) AS "rate"
    FROM (
      SELECT
        raw."cur" AS "given_currency",
        raw."since" AS "given_rate_date",
        raw."worth" AS "given_rate"
      FROM "courses" AS raw
    ) AS given
  ) AS checked
  WHERE
    CASE
      WHEN "currency" IS NULL
      AND (
        nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_currency" AS Nullable(String))), '') IS NULL
      )
      THEN 0
      WHEN REGEXP_REPLACE("currency", '[\x01-\b\v\f\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]', '') <> "currency"
      THEN 1
      WHEN "rate_date" IS NULL AND (
        "given_rate_date" IS NULL
      )
      THEN 2
      WHEN "rate_date" IS NULL AND NOT (
        "given_rate_date" IS NULL
      )
      THEN 3
      WHEN NOT "rate_date" BETWEEN CAST('1900-01-01' AS Nullable(Date32)) AND CAST('2199-12-31' AS Nullable(Date32))
      THEN 4
      WHEN "rate" IS NULL
      AND (
        "given_rate" IS NULL OR LOWER(CAST("given_rate" AS Nullable(String))) = 'nan'
      )
      THEN 5
      WHEN "rate" IS NULL
      AND NOT (
        "given_rate" IS NULL OR LOWER(CAST("given_rate" AS Nullable(String))) = 'nan'
      )
      THEN 6
      WHEN "rate" < 1e-09
      THEN 7
      WHEN NOT match(currency, '^[A-Z]{3}$')
      THEN 8
    END IS NULL
), canonical_transactions AS (
  SELECT
    "customer_id" AS "customer_id",
    COALESCE("order_id", customer_id || ' ' || CAST(order_date AS Nullable(String))) AS "order_id",
    "order_date" AS "order_date",
    "amount_minor" AS "amount_minor",
    "product_id" AS "product_id",
    "category" AS "category",
    "quantity" AS "quantity"
  FROM (
    SELECT
      read.*,
      rates.rate,
      CASE
        WHEN COALESCE(UPPER(currency) = 'EUR', TRUE)
        THEN (
          "own_amount_minor" - COALESCE(ABS(refunded_amount_minor), 0)
        )
        ELSE CASE
          WHEN (
            "own_amount_minor" - COALESCE(ABS(refunded_amount_minor), 0)
          ) * rates.rate BETWEEN -9.2e+18 AND 9.2e+18
          THEN CASE
            WHEN (
              "own_amount_minor" - COALESCE(ABS(refunded_amount_minor), 0)
            ) * rates.rate < 0
            THEN -(
              accurateCastOrNull(
                FLOOR(
                  ABS((
                    "own_amount_minor" - COALESCE(ABS(refunded_amount_minor), 0)
                  ) * rates.rate)
                ),
                'Int64'
              ) + CASE
                WHEN ABS((
                  "own_amount_minor" - COALESCE(ABS(refunded_amount_minor), 0)
                ) * rates.rate) - FLOOR(
                  ABS((
                    "own_amount_minor" - COALESCE(ABS(refunded_amount_minor), 0)
                  ) * rates.rate)
                ) >= 0.5
                THEN 1
                ELSE 0
              END
            )
            ELSE (
              accurateCastOrNull(
                FLOOR(
                  ABS((
                    "own_amount_minor" - COALESCE(ABS(refunded_amount_minor), 0)
                  ) * rates.rate)
                ),
                'Int64'
              ) + CASE
                WHEN ABS((
                  "own_amount_minor" - COALESCE(ABS(refunded_amount_minor), 0)
                ) * rates.rate) - FLOOR(
                  ABS((
                    "own_amount_minor" - COALESCE(ABS(refunded_amount_minor), 0)
                  ) * rates.rate)
                ) >= 0.5
                THEN 1
                ELSE 0
              END
            )
          END
        END
      END AS "amount_minor"
    FROM (
      SELECT
        *,
        CASE
          WHEN CHAR_LENGTH(
            nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_customer_id" AS Nullable(String))), '')
          ) > 4
          OR NOT (
            LOWER(
              nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_customer_id" AS Nullable(String))), '')
            ) IN ('null', 'nan', 'none', 'nat', 'n/a', '#n/a', '<na>', '\\n')
          )
          THEN nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_customer_id" AS Nullable(String))), '')
        END AS "customer_id",
        CAST("given_order_id" AS Nullable(String)) AS "order_id",
        toDate32(toTimeZone(toDateTime64(toString("given_order_date"), 6, 'America/New_York'), 'Europe/Berlin')) AS "order_date",
        CASE
          WHEN "amount_scaled" < 0
          THEN -(
            accurateCastOrNull(FLOOR(ABS("amount_scaled")), 'Int64') + CASE
              WHEN ABS("amount_scaled") - FLOOR(ABS("amount_scaled")) >= 0.5
              THEN 1
              ELSE 0
            END
          )
          ELSE (
            accurateCastOrNull(FLOOR(ABS("amount_scaled")), 'Int64') + CASE
              WHEN ABS("amount_scaled") - FLOOR(ABS("amount_scaled")) >= 0.5
              THEN 1
              ELSE 0
            END
          )
        END AS "own_amount_minor",
        CAST(NULL AS Nullable(String)) AS "product_id",
        REGEXP_REPLACE(
          nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_category" AS Nullable(String))), ''),
          '[\t\n\v\f\r]+',
          ' '
        ) AS "category",
        CAST(CASE
          WHEN "given_quantity" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308
          THEN "given_quantity"
        END AS Nullable(Float64)) AS "quantity",
        CAST(NULL AS Nullable(Int64)) AS "unit_price_minor",
        CAST(NULL AS Nullable(Bool)) AS "is_refund",
        CASE
          WHEN "refunded_amount_scaled" < 0
          THEN -(
            accurateCastOrNull(FLOOR(ABS("refunded_amount_scaled")), 'Int64') + CASE
              WHEN ABS("refunded_amount_scaled") - FLOOR(ABS("refunded_amount_scaled")) >= 0.5
              THEN 1
              ELSE 0
            END
          )
          ELSE (
            accurateCastOrNull(FLOOR(ABS("refunded_amount_scaled")), 'Int64') + CASE
              WHEN ABS("refunded_amount_scaled") - FLOOR(ABS("refunded_amount_scaled")) >= 0.5
              THEN 1
              ELSE 0
            END
          )
        END AS "refunded_amount_minor",
        CASE
          WHEN LOWER(
            nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_is_cancelled" AS Nullable(String))), '')
          ) IS NULL
          THEN NULL
          WHEN LOWER(
            nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_is_cancelled" AS Nullable(String))), '')
          ) IN ('true', 'yes', 'y', '1', 't', 'ja', 'j', '是', '对')
          THEN TRUE
          WHEN LOWER(
            nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_is_cancelled" AS Nullable(String))), '')
          ) IN ('false', 'no', 'n', '0', 'f', 'nein', '否', '不')
          THEN FALSE
        END AS "is_cancelled",
        CAST(NULL AS Nullable(Bool)) AS "is_sale",
        CAST(NULL AS Nullable(Bool)) AS "is_further",
        REGEXP_REPLACE(
          nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_currency" AS Nullable(String))), ''),
          '[\t\n\v\f\r]+',
          ' '
        ) AS "currency"
      FROM (
        SELECT
          *,
          CASE
            WHEN "amount_number" BETWEEN -9.007199254740992e+13 AND 9.007199254740992e+13
            THEN "amount_number" * 100
          END AS "amount_scaled",
          CASE
            WHEN "refunded_amount_number" BETWEEN -9.200000000000000e+16 AND 9.200000000000000e+16
            THEN "refunded_amount_number" * 100
          END AS "refunded_amount_scaled"
        FROM (
          SELECT
            *,
            CASE
              WHEN "given_amount" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308
              THEN "given_amount"
            END AS "amount_number",
            CASE
              WHEN "given_refunded_amount" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308
              THEN "given_refunded_amount"
            END AS "refunded_amount_number"
          FROM (
            SELECT
              raw."Buyer" AS "given_customer_id",
              raw."day" AS "given_order_date",
              raw."paid" AS "given_amount",
              raw."no" AS "given_order_id",
              raw."group" AS "given_category",
              raw."pieces" AS "given_quantity",
              raw."refunded" AS "given_refunded_amount",
              raw."cancelled" AS "given_is_cancelled",
              raw."cur" AS "given_currency"
            FROM "lines" AS raw
          ) AS given
        ) AS given
      ) AS given
    ) AS read
    LEFT JOIN (
      SELECT
        currency AS code,
        rate_date,
        rate,
        lead(rate_date) OVER (PARTITION BY currency ORDER BY rate_date) AS next_date
      FROM canonical_rates AS rates
    ) AS rates
      ON UPPER(read.currency) = rates.code
      AND read.order_date >= rates.rate_date
      AND (
        rates.next_date IS NULL OR read.order_date < rates.next_date
      )
  ) AS checked
  WHERE
    CASE
      WHEN is_cancelled
      THEN 0
      WHEN NOT COALESCE(UPPER(currency) = 'EUR', TRUE)
      AND NOT (
        order_date IS NULL
      )
      AND rate IS NULL
      THEN 1
      WHEN "customer_id" IS NULL
      THEN 2
      WHEN REGEXP_REPLACE("customer_id", '[\x01-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe]', '') <> "customer_id"
      THEN 3
      WHEN "order_date" IS NULL AND (
        "given_order_date" IS NULL
      )
      THEN 4
      WHEN "order_date" IS NULL AND NOT (
        "given_order_date" IS NULL
      )
      THEN 5
      WHEN NOT "order_date" BETWEEN CAST('1900-01-01' AS Nullable(Date32)) AND CAST('2199-12-31' AS Nullable(Date32))
      THEN 6
      WHEN "amount_minor" IS NULL
      AND (
        "given_amount" IS NULL OR LOWER(CAST("given_amount" AS Nullable(String))) = 'nan'
      )
      THEN 7
      WHEN "amount_minor" IS NULL
      AND LOWER(CAST("given_amount" AS Nullable(String))) IN ('inf', '-inf', 'infinity', '-infinity')
      THEN 8
      WHEN "amount_minor" IS NULL
      AND NOT (
        "given_amount" IS NULL OR LOWER(CAST("given_amount" AS Nullable(String))) = 'nan'
      )
      THEN 9
      WHEN REGEXP_REPLACE("category", '[\x01-\b\v\f\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]', '') <> "category"
      THEN 10
      WHEN "quantity" IS NULL
      AND NOT (
        "given_quantity" IS NULL
        OR LOWER(CAST("given_quantity" AS Nullable(String))) = 'nan'
      )
      THEN 11
      WHEN "refunded_amount_minor" IS NULL
      AND LOWER(CAST("given_refunded_amount" AS Nullable(String))) IN ('inf', '-inf', 'infinity', '-infinity')
      THEN 12
      WHEN "refunded_amount_minor" IS NULL
      AND NOT (
        "given_refunded_amount" IS NULL
        OR LOWER(CAST("given_refunded_amount" AS Nullable(String))) = 'nan'
      )
      THEN 13
      WHEN "is_cancelled" IS NULL
      AND NOT (
        nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_is_cancelled" AS Nullable(String))), '') IS NULL
      )
      THEN 14
      WHEN REGEXP_REPLACE("currency", '[\x01-\b\v\f\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]', '') <> "currency"
      THEN 15
    END IS NULL
)
SELECT
  *
FROM canonical_transactions AS transactions;

-- rates, generated for clickhouse; not run by any test
WITH canonical_rates AS (
  SELECT
    "currency" AS "currency",
    "rate_date" AS "rate_date",
    "rate" AS "rate"
  FROM (
    SELECT
      *,
      REGEXP_REPLACE(
        nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_currency" AS Nullable(String))), ''),
        '[\t\n\v\f\r]+',
        ' '
      ) AS "currency",
      "given_rate_date" AS "rate_date",
      CAST(CASE
        WHEN "given_rate" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308
        THEN "given_rate"
      END AS Nullable(Float64)) AS "rate"
    FROM (
      SELECT
        raw."cur" AS "given_currency",
        raw."since" AS "given_rate_date",
        raw."worth" AS "given_rate"
      FROM "courses" AS raw
    ) AS given
  ) AS checked
  WHERE
    CASE
      WHEN "currency" IS NULL
      AND (
        nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_currency" AS Nullable(String))), '') IS NULL
      )
      THEN 0
      WHEN REGEXP_REPLACE("currency", '[\x01-\b\v\f\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]', '') <> "currency"
      THEN 1
      WHEN "rate_date" IS NULL AND (
        "given_rate_date" IS NULL
      )
      THEN 2
      WHEN "rate_date" IS NULL AND NOT (
        "given_rate_date" IS NULL
      )
      THEN 3
      WHEN NOT "rate_date" BETWEEN CAST('1900-01-01' AS Nullable(Date32)) AND CAST('2199-12-31' AS Nullable(Date32))
      THEN 4
      WHEN "rate" IS NULL
      AND (
        "given_rate" IS NULL OR LOWER(CAST("given_rate" AS Nullable(String))) = 'nan'
      )
      THEN 5
      WHEN "rate" IS NULL
      AND NOT (
        "given_rate" IS NULL OR LOWER(CAST("given_rate" AS Nullable(String))) = 'nan'
      )
      THEN 6
      WHEN "rate" < 1e-09
      THEN 7
      WHEN NOT match(currency, '^[A-Z]{3}$')
      THEN 8
    END IS NULL
)
SELECT
  *
FROM canonical_rates AS rates;

-- customers, generated for clickhouse; not run by any test
WITH canonical_customers AS (
  SELECT
    "customer_id" AS "customer_id",
    "attribute_0" AS "Region",
    "attribute_1" AS "size in m",
    "attribute_2" AS "active"
  FROM (
    SELECT
      *,
      CASE
        WHEN CHAR_LENGTH(
          nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_customer_id" AS Nullable(String))), '')
        ) > 4
        OR NOT (
          LOWER(
            nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_customer_id" AS Nullable(String))), '')
          ) IN ('null', 'nan', 'none', 'nat', 'n/a', '#n/a', '<na>', '\\n')
        )
        THEN nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_customer_id" AS Nullable(String))), '')
      END AS "customer_id",
      REGEXP_REPLACE(
        nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_attribute_0" AS Nullable(String))), ''),
        '[\t\n\v\f\r]+',
        ' '
      ) AS "attribute_0",
      CAST("given_attribute_1" AS Nullable(String)) AS "attribute_1",
      CAST("given_attribute_2" AS Nullable(String)) AS "attribute_2"
    FROM (
      SELECT
        raw."Buyer" AS "given_customer_id",
        raw."Region" AS "given_attribute_0",
        raw."size in m" AS "given_attribute_1",
        raw."active" AS "given_attribute_2"
      FROM "people" AS raw
    ) AS given
  ) AS checked
  WHERE
    CASE
      WHEN "customer_id" IS NULL
      THEN 0
      WHEN REGEXP_REPLACE("customer_id", '[\x01-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe]', '') <> "customer_id"
      THEN 1
      WHEN REGEXP_REPLACE("attribute_0", '[\x01-\b\v\f\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]', '') <> "attribute_0"
      THEN 2
    END IS NULL
)
SELECT
  *
FROM canonical_customers AS customers;

-- contracts, generated for clickhouse; not run by any test
WITH canonical_contracts AS (
  SELECT
    "customer_id" AS "customer_id",
    "start_date" AS "start_date",
    "end_date" AS "end_date",
    "reason" AS "reason"
  FROM (
    SELECT
      *,
      CASE
        WHEN CHAR_LENGTH(
          nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_customer_id" AS Nullable(String))), '')
        ) > 4
        OR NOT (
          LOWER(
            nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_customer_id" AS Nullable(String))), '')
          ) IN ('null', 'nan', 'none', 'nat', 'n/a', '#n/a', '<na>', '\\n')
        )
        THEN nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_customer_id" AS Nullable(String))), '')
      END AS "customer_id",
      "given_start_date" AS "start_date",
      CASE
        WHEN "full_end_date" <= CAST('2199-12-31' AS Nullable(Date32))
        THEN "full_end_date"
      END AS "end_date",
      REGEXP_REPLACE(
        nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_reason" AS Nullable(String))), ''),
        '[\t\n\v\f\r]+',
        ' '
      ) AS "reason"
    FROM (
      SELECT
        *,
        "given_end_date" AS "full_end_date"
      FROM (
        SELECT
          raw."customer_id" AS "given_customer_id",
          raw."start_date" AS "given_start_date",
          raw."end_date" AS "given_end_date",
          raw."reason" AS "given_reason"
        FROM "agreements" AS raw
      ) AS given
    ) AS given
  ) AS checked
  WHERE
    CASE
      WHEN "customer_id" IS NULL
      THEN 0
      WHEN REGEXP_REPLACE("customer_id", '[\x01-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe]', '') <> "customer_id"
      THEN 1
      WHEN "start_date" IS NULL AND (
        "given_start_date" IS NULL
      )
      THEN 2
      WHEN "start_date" IS NULL AND NOT (
        "given_start_date" IS NULL
      )
      THEN 3
      WHEN NOT "start_date" BETWEEN CAST('1900-01-01' AS Nullable(Date32)) AND CAST('2199-12-31' AS Nullable(Date32))
      THEN 4
      WHEN "full_end_date" IS NULL AND NOT (
        "given_end_date" IS NULL
      )
      THEN 5
      WHEN "full_end_date" < CAST('1900-01-01' AS Nullable(Date32))
      THEN 6
      WHEN REGEXP_REPLACE("reason", '[\x01-\b\v\f\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]', '') <> "reason"
      THEN 7
      WHEN end_date < start_date
      THEN 8
    END IS NULL
)
SELECT
  *
FROM canonical_contracts AS contracts;

-- opportunities, generated for clickhouse; not run by any test
WITH canonical_opportunities AS (
  SELECT
    "opportunity_id" AS "opportunity_id",
    "customer_id" AS "customer_id",
    "opened" AS "opened",
    "stage" AS "stage",
    "amount_minor" AS "amount_minor",
    "win_probability" AS "win_probability",
    "expected_close" AS "expected_close",
    "closed" AS "closed",
    "is_won" AS "is_won",
    "owner" AS "owner"
  FROM (
    SELECT
      *,
      CAST("given_opportunity_id" AS Nullable(String)) AS "opportunity_id",
      CASE
        WHEN CHAR_LENGTH(
          nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_customer_id" AS Nullable(String))), '')
        ) > 4
        OR NOT (
          LOWER(
            nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_customer_id" AS Nullable(String))), '')
          ) IN ('null', 'nan', 'none', 'nat', 'n/a', '#n/a', '<na>', '\\n')
        )
        THEN nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_customer_id" AS Nullable(String))), '')
      END AS "customer_id",
      "given_opened" AS "opened",
      REGEXP_REPLACE(
        nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_stage" AS Nullable(String))), ''),
        '[\t\n\v\f\r]+',
        ' '
      ) AS "stage",
      CASE
        WHEN "amount_scaled" < 0
        THEN -(
          accurateCastOrNull(FLOOR(ABS("amount_scaled")), 'Int64') + CASE
            WHEN ABS("amount_scaled") - FLOOR(ABS("amount_scaled")) >= 0.5
            THEN 1
            ELSE 0
          END
        )
        ELSE (
          accurateCastOrNull(FLOOR(ABS("amount_scaled")), 'Int64') + CASE
            WHEN ABS("amount_scaled") - FLOOR(ABS("amount_scaled")) >= 0.5
            THEN 1
            ELSE 0
          END
        )
      END AS "amount_minor",
      CAST(CAST(CASE
        WHEN "bare_win_probability" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308
        THEN CAST("bare_win_probability" AS Nullable(Float64))
      END AS Nullable(Float64)) AS Nullable(Float64)) / 100 AS "win_probability",
      CAST(NULL AS Nullable(Date32)) AS "expected_close",
      CAST(NULL AS Nullable(Date32)) AS "closed",
      CASE
        WHEN LOWER(CAST("given_is_won" AS Nullable(String))) IS NULL
        THEN NULL
        WHEN LOWER(CAST("given_is_won" AS Nullable(String))) IN ('true', 'yes', 'y', '1', 't', 'ja', 'j', '是', '对')
        THEN TRUE
        WHEN LOWER(CAST("given_is_won" AS Nullable(String))) IN ('false', 'no', 'n', '0', 'f', 'nein', '否', '不')
        THEN FALSE
      END AS "is_won",
      CAST(NULL AS Nullable(String)) AS "owner",
      CAST(NULL AS Nullable(String)) AS "currency"
    FROM (
      SELECT
        *,
        CASE
          WHEN "amount_number" BETWEEN -9.200000000000000e+16 AND 9.200000000000000e+16
          THEN "amount_number" * 100
        END AS "amount_scaled"
      FROM (
        SELECT
          *,
          CASE
            WHEN "given_amount" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308
            THEN "given_amount"
          END AS "amount_number",
          "given_win_probability" AS "bare_win_probability"
        FROM (
          SELECT
            raw."opportunity_id" AS "given_opportunity_id",
            raw."customer_id" AS "given_customer_id",
            raw."opened" AS "given_opened",
            raw."stage" AS "given_stage",
            raw."chance" AS "given_win_probability",
            raw."amount" AS "given_amount",
            raw."is_won" AS "given_is_won"
          FROM "deals" AS raw
        ) AS given
      ) AS given
    ) AS given
  ) AS checked
  WHERE
    CASE
      WHEN "opportunity_id" IS NULL
      THEN 0
      WHEN "customer_id" IS NULL
      THEN 1
      WHEN REGEXP_REPLACE("customer_id", '[\x01-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe]', '') <> "customer_id"
      THEN 2
      WHEN "opened" IS NULL AND (
        "given_opened" IS NULL
      )
      THEN 3
      WHEN "opened" IS NULL AND NOT (
        "given_opened" IS NULL
      )
      THEN 4
      WHEN NOT "opened" BETWEEN CAST('1900-01-01' AS Nullable(Date32)) AND CAST('2199-12-31' AS Nullable(Date32))
      THEN 5
      WHEN "stage" IS NULL
      AND (
        nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_stage" AS Nullable(String))), '') IS NULL
      )
      THEN 6
      WHEN REGEXP_REPLACE("stage", '[\x01-\b\v\f\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]', '') <> "stage"
      THEN 7
      WHEN "amount_minor" IS NULL
      AND LOWER(CAST("given_amount" AS Nullable(String))) IN ('inf', '-inf', 'infinity', '-infinity')
      THEN 8
      WHEN "amount_minor" IS NULL
      AND NOT (
        "given_amount" IS NULL OR LOWER(CAST("given_amount" AS Nullable(String))) = 'nan'
      )
      THEN 9
      WHEN "win_probability" IS NULL
      AND NOT (
        "given_win_probability" IS NULL
        OR LOWER(CAST("given_win_probability" AS Nullable(String))) = 'nan'
      )
      THEN 10
      WHEN NOT "win_probability" BETWEEN 0 AND 1
      THEN 11
      WHEN "is_won" IS NULL AND NOT (
        "given_is_won" IS NULL
      )
      THEN 12
    END IS NULL
)
SELECT
  *
FROM canonical_opportunities AS opportunities;

-- tickets, generated for clickhouse; not run by any test
WITH canonical_tickets AS (
  SELECT
    "customer_id" AS "customer_id",
    "opened" AS "opened",
    "ticket_id" AS "ticket_id",
    "resolved" AS "resolved",
    "category" AS "category",
    "severity" AS "severity",
    "is_complaint" AS "is_complaint"
  FROM (
    SELECT
      *,
      CASE
        WHEN CHAR_LENGTH(
          nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_customer_id" AS Nullable(String))), '')
        ) > 4
        OR NOT (
          LOWER(
            nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_customer_id" AS Nullable(String))), '')
          ) IN ('null', 'nan', 'none', 'nat', 'n/a', '#n/a', '<na>', '\\n')
        )
        THEN nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_customer_id" AS Nullable(String))), '')
      END AS "customer_id",
      "given_opened" AS "opened",
      CAST(NULL AS Nullable(String)) AS "ticket_id",
      CAST(NULL AS Nullable(Date32)) AS "resolved",
      REGEXP_REPLACE(
        nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_category" AS Nullable(String))), ''),
        '[\t\n\v\f\r]+',
        ' '
      ) AS "category",
      CAST(NULL AS Nullable(String)) AS "severity",
      CASE
        WHEN LOWER(
          nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_is_complaint" AS Nullable(String))), '')
        ) IS NULL
        THEN NULL
        WHEN LOWER(
          nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_is_complaint" AS Nullable(String))), '')
        ) IN ('complaint*')
        OR startsWith(
          LOWER(
            nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_is_complaint" AS Nullable(String))), '')
          ),
          'complaint'
        )
        THEN TRUE
        WHEN TRUE
        THEN FALSE
      END AS "is_complaint"
    FROM (
      SELECT
        raw."customer_id" AS "given_customer_id",
        raw."opened" AS "given_opened",
        raw."art" AS "given_category",
        raw."art" AS "given_is_complaint"
      FROM "calls" AS raw
    ) AS given
  ) AS checked
  WHERE
    CASE
      WHEN "customer_id" IS NULL
      THEN 0
      WHEN REGEXP_REPLACE("customer_id", '[\x01-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe]', '') <> "customer_id"
      THEN 1
      WHEN "opened" IS NULL AND (
        "given_opened" IS NULL
      )
      THEN 2
      WHEN "opened" IS NULL AND NOT (
        "given_opened" IS NULL
      )
      THEN 3
      WHEN NOT "opened" BETWEEN CAST('1900-01-01' AS Nullable(Date32)) AND CAST('2199-12-31' AS Nullable(Date32))
      THEN 4
      WHEN REGEXP_REPLACE("category", '[\x01-\b\v\f\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]', '') <> "category"
      THEN 5
      WHEN "is_complaint" IS NULL
      AND NOT (
        nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_is_complaint" AS Nullable(String))), '') IS NULL
      )
      THEN 6
    END IS NULL
)
SELECT
  *
FROM canonical_tickets AS tickets;

-- consent, generated for clickhouse; not run by any test
WITH canonical_consent AS (
  SELECT
    "customer_id" AS "customer_id",
    "decided" AS "decided",
    "is_granted" AS "is_granted",
    "channel" AS "channel"
  FROM (
    SELECT
      *,
      CASE
        WHEN CHAR_LENGTH(
          nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_customer_id" AS Nullable(String))), '')
        ) > 4
        OR NOT (
          LOWER(
            nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_customer_id" AS Nullable(String))), '')
          ) IN ('null', 'nan', 'none', 'nat', 'n/a', '#n/a', '<na>', '\\n')
        )
        THEN nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_customer_id" AS Nullable(String))), '')
      END AS "customer_id",
      "given_decided" AS "decided",
      "given_is_granted" AS "is_granted",
      CAST(NULL AS Nullable(String)) AS "channel"
    FROM (
      SELECT
        raw."customer_id" AS "given_customer_id",
        raw."decided" AS "given_decided",
        raw."is_granted" AS "given_is_granted"
      FROM "decisions" AS raw
    ) AS given
  ) AS checked
  WHERE
    CASE
      WHEN "customer_id" IS NULL
      THEN 0
      WHEN REGEXP_REPLACE("customer_id", '[\x01-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe]', '') <> "customer_id"
      THEN 1
      WHEN "decided" IS NULL AND (
        "given_decided" IS NULL
      )
      THEN 2
      WHEN "decided" IS NULL AND NOT (
        "given_decided" IS NULL
      )
      THEN 3
      WHEN NOT "decided" BETWEEN CAST('1900-01-01' AS Nullable(Date32)) AND CAST('2199-12-31' AS Nullable(Date32))
      THEN 4
      WHEN "is_granted" IS NULL AND (
        "given_is_granted" IS NULL
      )
      THEN 5
      WHEN "is_granted" IS NULL AND NOT (
        "given_is_granted" IS NULL
      )
      THEN 6
    END IS NULL
)
SELECT
  *
FROM canonical_consent AS consent;

-- some customers of consent, generated for clickhouse; not run by any test
WITH canonical_consent AS (
  SELECT
    *
  FROM (
    SELECT
      *
    FROM (
      SELECT
        "customer_id" AS "customer_id",
        "decided" AS "decided",
        "is_granted" AS "is_granted",
        "channel" AS "channel"
      FROM (
        SELECT
          *,
          CASE
            WHEN CHAR_LENGTH(
              nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_customer_id" AS Nullable(String))), '')
            ) > 4
            OR NOT (
              LOWER(
                nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_customer_id" AS Nullable(String))), '')
              ) IN ('null', 'nan', 'none', 'nat', 'n/a', '#n/a', '<na>', '\\n')
            )
            THEN nullIf(TRIM(BOTH ' \t\n\f\r\xa0\u202f' FROM CAST("given_customer_id" AS Nullable(String))), '')
          END AS "customer_id",
          "given_decided" AS "decided",
          "given_is_granted" AS "is_granted",
          CAST(NULL AS Nullable(String)) AS "channel"
        FROM (
          SELECT
            raw."customer_id" AS "given_customer_id",
            raw."decided" AS "given_decided",
            raw."is_granted" AS "given_is_granted"
          FROM "decisions" AS raw
        ) AS given
      ) AS checked
      WHERE
        CASE
          WHEN "customer_id" IS NULL
          THEN 0
          WHEN REGEXP_REPLACE("customer_id", '[\x01-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe]', '') <> "customer_id"
          THEN 1
          WHEN "decided" IS NULL AND (
            "given_decided" IS NULL
          )
          THEN 2
          WHEN "decided" IS NULL AND NOT (
            "given_decided" IS NULL
          )
          THEN 3
          WHEN NOT "decided" BETWEEN CAST('1900-01-01' AS Nullable(Date32)) AND CAST('2199-12-31' AS Nullable(Date32))
          THEN 4
          WHEN "is_granted" IS NULL AND (
            "given_is_granted" IS NULL
          )
          THEN 5
          WHEN "is_granted" IS NULL AND NOT (
            "given_is_granted" IS NULL
          )
          THEN 6
        END IS NULL
    ) AS all_rows
    WHERE
      customer_id >= 'a' AND customer_id < 'b'
  ) AS all_rows
  WHERE
    LOWER(HEX(MD5(customer_id))) < '80000000'
)
SELECT
  *
FROM canonical_consent AS consent;
