import { choice, dashboard, graph, number } from './panels.mjs';

const ingestRoute = 'http_route="/api/v1/boards/{board_id}/webhooks/{webhook_id}"';

/** Percentiles of a histogram of seconds. `labels`: what the series are told apart by. */
const percentiles = (metric, selector, labels = []) =>
  [0.5, 0.95, 0.99].map((share) => [
    `histogram_quantile(${share}, sum by (${['le', ...labels].join(', ')}) (rate(${metric}_bucket{${selector}}[$__rate_interval])))`,
    [`p${share * 100}`, ...labels.map((label) => `{{${label}}}`)].join(' '),
  ]);

const rateBy = (labels, metric, selector = '') => [
  `sum by (${labels.join(', ')}) (rate(${metric}{${selector}}[$__rate_interval]))`,
  labels.map((label) => `{{${label}}}`).join(' '),
];

/** The same for every service, told apart by job. */
const processes = (jobs) => [
  graph(
    'CPU',
    'percentunit',
    [
      [
        `sum by (job, instance) (rate(process_cpu_time_seconds_total{job=~"${jobs}"}[$__rate_interval]))`,
        '{{job}} {{instance}}',
      ],
    ],
    {
      width: 8,
      description: '1 is one core. A service uses one core at most, apart from garbage collection and TLS.',
    },
  ),
  graph('Memory', 'bytes', [[`process_memory_usage_bytes{job=~"${jobs}"}`, '{{job}} {{instance}}']], {
    width: 8,
  }),
  graph(
    'Event loop delay, p99',
    's',
    [[`nodejs_eventloop_delay_p99_seconds{job=~"${jobs}"}`, '{{job}} {{instance}}']],
    { width: 8 },
  ),
];

export const dashboards = {
  ingest: dashboard({
    uid: 'ingest',
    title: 'Ingest',
    description: 'Requests of senders to webhooks: accepted, rejected, failed, and how long they take.',
    panels: [
      number('Accepted per second', 'reqps', [['sum(rate(mission_control_ingest_payloads_total[5m]))', '']]),
      number('Rejected per second', 'reqps', [
        [
          'sum(rate(mission_control_ingest_rejections_total{http_response_status_code=~"4.."}[5m])) or vector(0)',
          '',
        ],
      ]),
      number(
        'Failed',
        'percentunit',
        [
          [
            '(sum(rate(mission_control_ingest_requests_total{http_response_status_code=~"5.."}[5m])) or vector(0)) / sum(rate(mission_control_ingest_requests_total[5m]))',
            '',
          ],
        ],
        { threshold: 0.01 },
      ),
      number('p99', 's', [percentiles('http_server_request_duration_seconds', ingestRoute)[2]], {
        threshold: 2.5,
      }),
      number('Gateways ready', 'none', [['sum(mission_control_ready{job=~"(.+[-/])?gateway"})', '']], {
        threshold: 1,
        below: true,
      }),
      number(
        'Secrets unreadable',
        'none',
        [['sum(increase(mission_control_secrets_unreadable_total[1h]))', '']],
        {
          threshold: 1,
        },
      ),
      graph('Answers by code', 'reqps', [
        rateBy(['http_response_status_code', 'code'], 'mission_control_ingest_requests_total'),
      ]),
      graph('Duration', 's', percentiles('http_server_request_duration_seconds', ingestRoute)),
      graph('Rejections by code', 'reqps', [rateBy(['code'], 'mission_control_ingest_rejections_total')]),
      graph('Bytes accepted', 'Bps', [
        ['sum(rate(mission_control_ingest_io_bytes_total[$__rate_interval]))', 'bodies'],
      ]),
      graph('Requests in progress', 'none', [['mission_control_ingest_active_requests', '{{instance}}']], {
        description: 'A gateway answers 503 above 2,000.',
        threshold: 2000,
        width: 8,
      }),
      graph('Bodies in memory', 'bytes', [['mission_control_ingest_buffer_usage_bytes', '{{instance}}']], {
        description: 'A gateway answers 503 above 64 MiB.',
        threshold: 64 * 1024 * 1024,
        width: 8,
      }),
      graph(
        'Recorded rejections',
        'reqps',
        [rateBy(['outcome'], 'mission_control_ingest_rejection_records_total')],
        { width: 8 },
      ),
      graph('Requests to the API, p99 by route', 's', [
        percentiles('http_server_request_duration_seconds', 'job=~"(.+[-/])?admin-api"', ['http_route'])[2],
      ]),
      graph(
        'Rate limits without Redis',
        'ops',
        [
          [
            'sum by (instance) (rate(mission_control_rate_limit_redis_bypassed_total[$__rate_interval]))',
            '{{instance}}',
          ],
        ],
        { description: 'Only with RATE_LIMIT_BACKEND=redis.' },
      ),
      ...processes('(.+[-/])?(gateway|admin-api)'),
    ],
  }),
  projections: dashboard({
    uid: 'projections',
    title: 'Projections',
    description: 'How far the read models are behind the log, and what applying events costs.',
    variables: [choice('projection', 'Projection', 'mission_control_projection_lag_seconds')],
    panels: [
      number(
        'Behind',
        's',
        [
          [
            'max by (projection) (mission_control_projection_lag_seconds{projection=~"$projection"})',
            '{{projection}}',
          ],
        ],
        { width: 12, threshold: 60 },
      ),
      number('Projectors ready', 'none', [['sum(mission_control_ready{job=~"(.+[-/])?projector"})', '']], {
        threshold: 1,
        below: true,
      }),
      number('Admin APIs ready', 'none', [['sum(mission_control_ready{job=~"(.+[-/])?admin-api"})', '']], {
        threshold: 1,
        below: true,
      }),
      number('Steward overdue', 's', [['max(mission_control_steward_lag_seconds)', '']], { threshold: 900 }),
      graph(
        'Age of the oldest event not applied',
        's',
        [
          [
            'max by (projection) (mission_control_projection_lag_seconds{projection=~"$projection"})',
            '{{projection}}',
          ],
        ],
        { threshold: 60 },
      ),
      graph('Events applied', 'ops', [
        rateBy(['projection'], 'mission_control_projection_events_total', 'projection=~"$projection"'),
      ]),
      graph(
        'Events read and not applied',
        'none',
        [
          [
            'max by (projection) (mission_control_projection_events_behind{projection=~"$projection"})',
            '{{projection}}',
          ],
        ],
        { description: 'Levels off at one batch of 1,000.' },
      ),
      graph('Duration of a batch, p99', 's', [
        percentiles('mission_control_projection_batch_duration_seconds', 'projection=~"$projection"', [
          'projection',
        ])[2],
      ]),
      graph(
        'Position in the log',
        'none',
        [
          [
            'max by (projection) (mission_control_projection_position{projection=~"$projection"})',
            '{{projection}}',
          ],
        ],
        { description: 'Positions of EventStoreDB are byte offsets.' },
      ),
      graph('Tasks of the steward', 'none', [['mission_control_steward_tasks', '{{instance}}']]),
      ...processes('(.+[-/])?(projector|steward)'),
    ],
  }),
  delivery: dashboard({
    uid: 'delivery',
    title: 'Delivery',
    description: 'From the arrival of a payload until its agent is told: relay, JetStream, notifiers.',
    panels: [
      number('Oldest without outcome', 's', [['max(mission_control_relay_outstanding_age_seconds)', '']], {
        threshold: 900,
      }),
      number('Without outcome', 'none', [['max(mission_control_relay_outstanding)', '']]),
      number('Relay behind', 's', [['max(mission_control_relay_lag_seconds)', '']], { threshold: 60 }),
      number('Told per second', 'ops', [
        ['sum(rate(mission_control_delivery_outcomes_total{outcome="told"}[5m]))', ''],
      ]),
      number(
        'Parked or failed in an hour',
        'none',
        [
          [
            'sum(increase(mission_control_delivery_outcomes_total{outcome=~"parked|failed"}[1h])) or vector(0)',
            '',
          ],
        ],
        { threshold: 1 },
      ),
      number('Arrival until told, p99', 's', [
        [
          'histogram_quantile(0.99, sum by (le) (rate(mission_control_delivery_duration_seconds_bucket[5m])))',
          '',
        ],
      ]),
      graph('Outcomes', 'ops', [rateBy(['outcome'], 'mission_control_delivery_outcomes_total')]),
      graph('Arrival until told', 's', percentiles('mission_control_delivery_duration_seconds', '')),
      graph('Parked and failed by reason', 'ops', [
        rateBy(['outcome', 'reason'], 'mission_control_delivery_outcomes_total', 'outcome=~"parked|failed"'),
      ]),
      graph('Failed attempts by code', 'ops', [
        rateBy(['code'], 'mission_control_delivery_attempts_failed_total'),
      ]),
      graph('Waiting by OpenClaw gateway', 'none', [
        ['sum by (openclaw_gateway_id) (mission_control_lane_waiting)', '{{openclaw_gateway_id}}'],
      ]),
      graph(
        'Age of what waits',
        's',
        [
          ['max(mission_control_relay_lag_seconds)', 'relay'],
          ['max by (openclaw_gateway_id) (mission_control_lane_lag_seconds)', 'lane {{openclaw_gateway_id}}'],
        ],
        { threshold: 300 },
      ),
      graph('References to and from JetStream', 'ops', [
        [
          'sum by (error_type) (rate(messaging_client_sent_messages_total[$__rate_interval]))',
          'published {{error_type}}',
        ],
        ['sum(rate(messaging_client_consumed_messages_total[$__rate_interval]))', 'received'],
        ['sum(rate(mission_control_relay_republished_total[$__rate_interval]))', 'published again'],
      ]),
      graph(
        'JetStream stores a reference',
        's',
        percentiles('messaging_client_operation_duration_seconds', ''),
      ),
      ...processes('(.+[-/])?(relay|notifier)'),
    ],
  }),
  'event-store': dashboard({
    uid: 'event-store',
    title: 'Event store',
    description: 'Operations of the event store as the services see them, and the disk.',
    panels: [
      number('Appends per second', 'ops', [
        ['sum(rate(mission_control_event_store_appends_total{outcome="stored"}[5m]))', ''],
      ]),
      number(
        'Append, p99',
        's',
        [
          percentiles(
            'db_client_operation_duration_seconds',
            'db_namespace="event_store", db_operation_name="append"',
          )[2],
        ],
        { threshold: 1 },
      ),
      number(
        'Reachable for',
        'none',
        [['sum by (job) (mission_control_readiness_check{check="event_store"})', '{{job}}']],
        { width: 16, threshold: 1, below: true },
      ),
      graph(
        'Duration of appends',
        's',
        percentiles(
          'db_client_operation_duration_seconds',
          'db_namespace="event_store", db_operation_name="append"',
        ),
        { threshold: 1 },
      ),
      graph('Duration of other operations, p99', 's', [
        percentiles(
          'db_client_operation_duration_seconds',
          'db_namespace="event_store", db_operation_name!="append"',
          ['db_operation_name'],
        )[2],
      ]),
      graph('Appends', 'ops', [rateBy(['job', 'outcome'], 'mission_control_event_store_appends_total')]),
      graph('Failed operations', 'ops', [
        rateBy(
          ['db_operation_name', 'error_type'],
          'db_client_operation_duration_seconds_count',
          'db_namespace="event_store", error_type!=""',
        ),
        [
          'sum(rate(mission_control_event_store_reads_failed_total[$__rate_interval]))',
          'reads and subscriptions',
        ],
      ]),
      graph(
        'Retries and new connections',
        'ops',
        [
          [
            'sum by (what) (rate(mission_control_event_store_retries_total[$__rate_interval]))',
            'retry of {{what}}',
          ],
          ['sum(rate(mission_control_event_store_reconnects_total[$__rate_interval]))', 'connection'],
        ],
        { description: 'EventStoreDB and KurrentDB only.' },
      ),
      graph(
        'Disk',
        'percentunit',
        [
          [
            'system_filesystem_usage_bytes{system_filesystem_state="used"} / ignoring (system_filesystem_state) group_left () sum without (system_filesystem_state) (system_filesystem_usage_bytes)',
            '{{job}} {{system_filesystem_mountpoint}}',
          ],
        ],
        { description: 'The disk under the working directory of each service.', threshold: 0.9 },
      ),
    ],
  }),
  'openclaw-gateways': dashboard({
    uid: 'openclaw-gateways',
    title: 'OpenClaw gateways',
    description: 'Each OpenClaw gateway: whether it is available, what waits for it, and how it answers.',
    variables: [
      choice('openclaw_gateway_id', 'OpenClaw gateway', 'mission_control_openclaw_gateway_available'),
    ],
    panels: [
      number(
        'Available',
        'none',
        [
          [
            'max by (openclaw_gateway_id) (mission_control_openclaw_gateway_available{openclaw_gateway_id=~"$openclaw_gateway_id"})',
            '{{openclaw_gateway_id}}',
          ],
        ],
        {
          width: 12,
          threshold: 1,
          below: true,
          description: '1: messages can be sent. 0: away, or it rejects us.',
        },
      ),
      number(
        'Waiting',
        'none',
        [
          [
            'sum by (openclaw_gateway_id) (mission_control_lane_waiting{openclaw_gateway_id=~"$openclaw_gateway_id"})',
            '{{openclaw_gateway_id}}',
          ],
        ],
        { width: 12 },
      ),
      graph('Availability', 'none', [
        [
          'max by (openclaw_gateway_id) (mission_control_openclaw_gateway_available{openclaw_gateway_id=~"$openclaw_gateway_id"})',
          '{{openclaw_gateway_id}}',
        ],
      ]),
      graph(
        'Age of the oldest message that waits',
        's',
        [
          [
            'max by (openclaw_gateway_id) (mission_control_lane_lag_seconds{openclaw_gateway_id=~"$openclaw_gateway_id"})',
            '{{openclaw_gateway_id}}',
          ],
        ],
        { threshold: 300 },
      ),
      graph('chat.send, p95', 's', [
        percentiles(
          'mission_control_openclaw_gateway_request_duration_seconds',
          'openclaw_gateway_id=~"$openclaw_gateway_id"',
          ['openclaw_gateway_id'],
        )[1],
      ]),
      graph('chat.send by outcome', 'ops', [
        rateBy(
          ['openclaw_gateway_id', 'outcome', 'error_type'],
          'mission_control_openclaw_gateway_request_duration_seconds_count',
          'openclaw_gateway_id=~"$openclaw_gateway_id"',
        ),
      ]),
      graph(
        'Sent until the session has it (all OpenClaw gateways)',
        's',
        percentiles('mission_control_delivery_confirmation_duration_seconds', ''),
      ),
      graph('Runs followed', 'none', [['mission_control_runs_followed', '{{instance}}']]),
    ],
  }),
};
