/** Builds Grafana dashboards from a few words per panel, so that one place decides how they look. */
const datasource = { type: 'prometheus', uid: '$datasource' };
const columns = 24;

/** One line per series that the expression returns. `queries` are pairs of expression and legend. */
export const graph = (title, unit, queries, { width = 12, description, threshold } = {}) => ({
  type: 'timeseries',
  title,
  ...(description && { description }),
  width,
  height: 8,
  targets: targets(queries),
  fieldConfig: {
    defaults: {
      unit,
      min: 0,
      custom: {
        lineWidth: 1,
        fillOpacity: 10,
        ...(threshold !== undefined && { thresholdsStyle: { mode: 'line' } }),
      },
      thresholds: thresholds(threshold),
    },
    overrides: [],
  },
  options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
});

/** One number per series, red from the threshold on, or below it where less is worse. */
export const number = (title, unit, queries, { width = 4, description, threshold, below = false } = {}) => ({
  type: 'stat',
  title,
  ...(description && { description }),
  width,
  height: 4,
  targets: targets(queries),
  fieldConfig: { defaults: { unit, thresholds: thresholds(threshold, below) }, overrides: [] },
  options: { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: 'value', graphMode: 'area' },
});

const targets = (queries) =>
  queries.map(([expr, legendFormat], index) => ({
    refId: String.fromCharCode(65 + index),
    datasource,
    expr,
    legendFormat,
  }));

const thresholds = (value, below = false) => ({
  mode: 'absolute',
  steps: [
    { color: below ? 'red' : 'green', value: null },
    ...(value === undefined ? [] : [{ color: below ? 'green' : 'red', value }]),
  ],
});

/** A label whose values can be chosen. */
export const choice = (name, label, metric) => ({
  name,
  label,
  type: 'query',
  datasource,
  query: { query: `label_values(${metric}, ${name})`, refId: 'values' },
  refresh: 2,
  includeAll: true,
  multi: true,
  allValue: '.*',
  current: { text: 'All', value: '$__all' },
});

/** Panels are placed from left to right, and in the next row where they do not fit. */
export const dashboard = ({ uid, title, description, panels, variables = [] }) => ({
  uid: `mission-control-${uid}`,
  title,
  description,
  tags: ['mission-control-webhooks'],
  editable: false,
  schemaVersion: 39,
  refresh: '30s',
  time: { from: 'now-3h', to: 'now' },
  timezone: 'browser',
  links: [
    {
      type: 'dashboards',
      tags: ['mission-control-webhooks'],
      title: 'Mission Control',
      asDropdown: true,
      keepTime: true,
    },
  ],
  templating: {
    list: [
      { name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus', current: {} },
      ...variables,
    ],
  },
  annotations: {
    list: [
      {
        name: 'Alerts',
        datasource,
        enable: true,
        iconColor: 'red',
        expr: 'ALERTS{alertstate="firing"}',
        titleFormat: '{{alertname}}',
      },
    ],
  },
  panels: placed(panels),
});

const placed = (panels) => {
  let [x, y, rowHeight] = [0, 0, 0];
  return panels.map(({ width, height, ...panel }, index) => {
    if (x + width > columns) {
      y += rowHeight;
      [x, rowHeight] = [0, 0];
    }
    const gridPos = { x, y, w: width, h: height };
    x += width;
    rowHeight = Math.max(rowHeight, height);
    return { id: index + 1, datasource, gridPos, ...panel };
  });
};
