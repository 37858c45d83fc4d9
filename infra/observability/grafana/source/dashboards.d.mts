/** By file name. What Grafana's schema asks for is checked by Grafana. */
export declare const dashboards: Readonly<Record<string, object>>;
