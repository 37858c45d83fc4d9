import { hasOwnMembers, pointers, tellingMembers, usualMembers } from '../preview/telling-members.ts';

const github = pointers(`
  /action /comment/body /review/state /review/body /pull_request/merged /state /context /description
  /check_run/name /check_run/conclusion /check_run/output/title /check_run/head_sha /check_suite/conclusion /workflow_run/name /workflow_run/conclusion
  /workflow_job/name /workflow_job/conclusion /deployment_status/state /deployment_status/description /deployment/environment
  /alert/state /alert/severity /alert/rule/description /alert/security_advisory/severity /alert/security_advisory/summary
  /alert/affected_package_name /alert/dismissed_reason /security_advisory/severity /security_advisory/summary
  /pull_request/title /issue/title /discussion/title /release/tag_name /release/name /label/name /assignee/login
  /requested_reviewer/login /milestone/title /ref /ref_type /deleted /forced /head_commit/message /commits/*/message
  /commit/commit/message /pages/*/title /pages/*/action /build/status /build/error/message /rule/name /team/name
  /member/login /membership/user/login /blocked_user/login /package/name /package/package_version/version
  /project/name /project_card/note /project_column/name /changes/title/from /forkee/full_name /sponsorship/tier/name
  /marketplace_purchase/plan/name /merge_group/head_ref /client_payload /zen /comment/path
  /sender/login /repository/full_name /comment/html_url /review/html_url /pull_request/html_url /issue/html_url
  /discussion/html_url /check_run/html_url /workflow_run/html_url /workflow_job/html_url /alert/html_url /release/html_url
  /compare /issue/body /pull_request/body /discussion/body /release/body`);

const alerts = pointers(`
  /status /state /title /message /alerts/*/status /alerts/*/labels/alertname /alerts/*/labels/severity
  /alerts/*/annotations/summary /alerts/*/annotations/description /ruleName /evalMatches/*/metric /evalMatches/*/value
  /externalURL /ruleUrl`);

/** The lists that have changed since. */
const before: Readonly<Record<string, readonly string[]>> = {
  GitHub: github,
  Gitea: github,
  Forgejo: github,
  Gogs: github,
  Alertmanager: alerts,
  Grafana: alerts,
  GitLab: pointers(`
    /object_attributes/action /object_attributes/note /object_attributes/state /object_attributes/status /object_attributes/title
    /object_attributes/iid /merge_request/title /issue/title /build_name /build_status /build_failure_reason /ref /commits/*/message
    /object_attributes/detailed_status /tag /name /description /user/username /user_username /project/path_with_namespace
    /object_attributes/url /object_attributes/description`),
  Shopify: pointers(`
    /name /total_price /currency /financial_status /fulfillment_status /cancel_reason /email /customer/email /line_items/*/title
    /line_items/*/quantity /title /status /note /transactions/*/amount /inventory_item_id /available`),
};

const usual = usualMembers(alerts);

/** The members that the third template shows first. A list that changes is kept here as it was. */
export const tellingMembers3 = (sender: string | null): readonly string[] => {
  if (sender === null || !hasOwnMembers(sender)) return usual;
  return before[sender] ?? tellingMembers(sender);
};
