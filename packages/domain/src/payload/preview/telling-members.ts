/** JSON pointers between white space. */
export const pointers = (text: string): readonly string[] => text.trim().split(/\s+/);

const github = pointers(`
  /action /comment/body /review/state /review/body /pull_request/merged /state /context /description
  /check_run/name /check_run/conclusion /check_run/output/title /check_run/output/summary /check_run/check_suite/head_branch
  /check_run/head_sha /check_suite/conclusion /check_suite/head_branch /workflow_run/name /workflow_run/conclusion
  /workflow_run/head_branch /workflow_job/name /workflow_job/conclusion /workflow_job/head_branch
  /deployment_status/state /deployment_status/description /deployment/environment
  /alert/state /alert/severity /alert/rule/description /alert/security_advisory/severity /alert/security_advisory/summary
  /alert/affected_package_name /alert/dismissed_reason /security_advisory/severity /security_advisory/summary
  /pull_request/title /pull_request/number /issue/title /issue/number /discussion/title /release/tag_name /release/name /label/name
  /assignee/login /requested_reviewer/login /milestone/title /ref /ref_type /deleted /forced /head_commit/message /commits/*/message
  /commit/commit/message /pages/*/title /pages/*/action /build/status /build/error/message /rule/name /team/name
  /member/login /membership/user/login /blocked_user/login /package/name /package/package_version/version
  /project/name /project_card/note /project_column/name /changes/title/from /forkee/full_name /sponsorship/tier/name
  /marketplace_purchase/plan/name /merge_group/head_ref /client_payload /zen /comment/path
  /sender/login /repository/full_name /comment/html_url /review/html_url /pull_request/html_url /issue/html_url
  /discussion/html_url /check_run/html_url /workflow_run/html_url /workflow_job/html_url /alert/html_url /release/html_url
  /compare /issue/user/login /pull_request/user/login /issue/labels/*/name /pull_request/labels/*/name
  /issue/body /pull_request/body /discussion/body /release/body`);

const alerts = pointers(`
  /status /state /title /message /alerts/*/labels/alertname /alerts/*/labels/severity /alerts/*/labels/instance
  /alerts/*/annotations/summary /alerts/*/annotations/description /alerts/*/status /ruleName /evalMatches/*/metric
  /evalMatches/*/value /externalURL /ruleUrl`);

/**
 * What the payloads of a sender are about, as JSON pointers, the most important first. A payload has only some of these members. `*` stands
 * for the first items of an array. The senders' names are those that `eventTypeOf` returns.
 */
const bySender: Readonly<Record<string, readonly string[]>> = {
  GitHub: github,
  Gitea: github,
  Forgejo: github,
  Gogs: github,
  Alertmanager: alerts,
  Grafana: alerts,
  'Amazon SNS': pointers('/Type /Subject /Message /SubscribeURL /TopicArn'),
  Asana: pointers(
    `/events/*/action /events/*/resource/resource_type /events/*/resource/gid /events/*/change/field`,
  ),
  'Azure Event Grid': pointers('/*/eventType /*/subject /*/data /*/eventTime /type /subject /data'),
  Bitbucket: pointers(`
    /comment/content/raw /pullrequest/title /pullrequest/state /commit_status/state /commit_status/name /issue/title /issue/state
    /push/changes/*/new/name /push/changes/0/commits/*/message /actor/display_name /repository/full_name /pullrequest/links/html/href`),
  Buildkite: pointers(`
    /event /build/state /job/state /build/message /build/branch /pipeline/name /build/web_url`),
  Calendly: pointers(`
    /event /payload/name /payload/email /payload/scheduled_event/name /payload/scheduled_event/start_time
    /payload/cancellation/reason`),
  CircleCI: pointers(`
    /type /workflow/status /workflow/name /job/status /job/name /pipeline/vcs/branch /pipeline/vcs/commit/subject /project/name
    /workflow/url`),
  Discord: pointers('/event/type /event/data/content /event/data/user/username /event/timestamp'),
  Docusign: pointers(`
    /event /data/envelopeSummary/status /data/envelopeSummary/emailSubject /data/envelopeId /data/envelopeSummary/voidedReason`),
  GitLab: pointers(`
    /object_attributes/action /object_attributes/note /object_attributes/state /object_attributes/status /object_attributes/title
    /object_attributes/iid /object_attributes/ref /merge_request/title /issue/title /builds/*/name /builds/*/status
    /builds/*/failure_reason /build_name /build_status /build_failure_reason /ref /commit/title /commit/message
    /commit/author/name /commits/*/message /tag /name /description /user/username /user_username /project/path_with_namespace
    /object_attributes/url /object_attributes/description`),
  Heroku: pointers(
    '/action /resource /data/status /data/app/name /data/slug/commit_description /data/description /actor/email',
  ),
  HubSpot: pointers('/*/subscriptionType /*/objectId /*/propertyName /*/propertyValue'),
  Jira: pointers(`
    /webhookEvent /issue/key /issue/fields/summary /comment/body /issue/fields/status/name /issue/fields/priority/name
    /changelog/items/*/field /changelog/items/*/fromString /changelog/items/*/toString /user/displayName`),
  Linear: pointers(`
    /action /type /data/identifier /data/title /data/body /data/state/name /data/priorityLabel /data/assignee/name /actor/name /url
    /data/description`),
  Meta: pointers(`
    /object /entry/*/changes/*/field /entry/0/changes/0/value/messages/*/text/body /entry/0/changes/0/value/messages/*/from
    /entry/0/changes/0/value/statuses/*/status`),
  Netlify: pointers('/state /error_message /name /branch /title /committer /deploy_ssl_url'),
  Notion: pointers('/type /entity/type /entity/id /data/parent/id /authors/*/id'),
  PagerDuty: pointers(`
    /event/event_type /event/data/title /event/data/status /event/data/urgency /event/data/priority/summary
    /event/data/service/summary /event/data/content /event/agent/summary /event/data/html_url`),
  PayPal: pointers(`
    /event_type /summary /resource/amount/value /resource/amount/currency_code /resource/amount/total /resource/amount/currency
    /resource/status /resource/state /resource/id`),
  Razorpay: pointers(`
    /event /payload/payment/entity/amount /payload/payment/entity/currency /payload/payment/entity/status
    /payload/payment/entity/error_description /payload/payment/entity/email`),
  SendGrid: pointers('/*/event /*/email /*/reason /*/response /*/url'),
  Sentry: pointers(`
    /action /data/issue/title /data/event/title /data/error/title /data/metric_alert/title /data/description_title
    /data/description_text /data/issue/level /data/event/level /data/issue/culprit /data/event/culprit /data/triggered_rule
    /data/issue/project/slug /data/issue/web_url /data/event/web_url /data/web_url /data/comment`),
  Shopify: pointers(`
    /name /total_price /currency /financial_status /fulfillment_status /cancel_reason /email /line_items/*/title
    /line_items/*/quantity /line_items/*/sku /title /status /note /transactions/*/amount /inventory_item_id /available`),
  Slack: pointers(`
    /event/text /event/user /event/channel /event/reaction /command /text /user_name /channel_name /actions/*/action_id
    /actions/*/value /message/text /view/callback_id /view/state/values /user/username /challenge`),
  Square: pointers(`
    /type /data/object/payment/amount_money/amount /data/object/payment/amount_money/currency /data/object/payment/status
    /data/object/refund/amount_money/amount /data/object/refund/status /data/object/invoice/status /data/id`),
  Stripe: pointers(`
    /data/object/status /data/object/amount /data/object/amount_paid /data/object/amount_due /data/object/amount_refunded
    /data/object/amount_total /data/object/currency /data/object/last_payment_error/message /data/object/failure_message
    /data/object/reason /data/object/customer_email /data/object/customer_details/email /data/object/receipt_email /data/object/email
    /data/object/description /data/object/cancel_at_period_end /data/object/customer /data/object/id /data/previous_attributes
    /data/object/hosted_invoice_url /livemode`),
  Trello: pointers(`
    /action/type /action/data/card/name /action/data/text /action/data/listBefore/name /action/data/listAfter/name
    /action/data/board/name /action/memberCreator/fullName`),
  Twilio: pointers(
    '/Body /From /To /MessageStatus /SmsStatus /CallStatus /ErrorCode /ErrorMessage /EventType',
  ),
  Twitch: pointers(`
    /subscription/type /subscription/status /event/user_name /event/broadcaster_user_name /event/title /event/message/text
    /challenge`),
  Typeform: pointers(`
    /form_response/definition/title /form_response/answers/*/text /form_response/answers/*/email
    /form_response/answers/*/choice/label /form_response/answers/*/number /form_response/answers/*/boolean`),
  Vercel: pointers(`
    /payload/deployment/name /payload/target /payload/deployment/meta/githubCommitMessage
    /payload/deployment/meta/githubCommitRef /payload/deployment/url /payload/links/deployment`),
  WooCommerce: pointers(`
    /status /total /currency /number /billing/email /payment_method_title /line_items/*/name /customer_note /name /stock_status`),
  Zendesk: pointers(`
    /subject /detail/subject /detail/status /detail/priority /event/comment/body /event/current /event/previous /detail/id`),
  Zoom: pointers(`
    /payload/object/topic /payload/object/start_time /payload/object/participant/user_name /payload/object/duration
    /payload/plainToken`),
};

/** What members with the news are often called. */
const names = pointers(
  'title subject summary message text description severity level priority status state reason error amount currency',
);

/** For senders without a list of their own. */
export const usualMembers = (alerts: readonly string[]): readonly string[] => [
  ...names.map((name) => `/${name}`),
  ...alerts,
  ...['data', 'event', 'event/data', 'data/object', 'payload', 'event-data'].flatMap((outer) =>
    names.map((name) => `/${outer}/${name}`),
  ),
];

const usual = usualMembers(alerts);

/** Only for the current rules: rules that templates before have used keep what they had. */
export const tellingMembers = (sender: string | null): readonly string[] =>
  (sender === null ? undefined : bySender[sender]) ?? usual;

export const hasOwnMembers = (sender: string): boolean => Object.hasOwn(bySender, sender);
