// Made by `python -m tools.openapi` from the API's document. Not edited by hand.

export type AcceptanceBody = { "criteria"?: (CriterionBody | AnyBody)[]; "caps"?: (CapBody)[]; "hours"?: Record<string, (string)[] | null> | null; "refuse_duplicates"?: boolean; };

export type AccountBody = { "id": string; "name": string; "kind": "corporate" | "branch" | "user"; "parent"?: string | null; "timezone"?: string | null; "enabled"?: boolean; "role"?: "admin" | "manager" | "rep" | null; "email"?: string | null; "notify"?: Notify; };

export type AccountName = { "id": string; "name": string; "kind": "corporate" | "branch" | "user"; "parent": string | null; };

export type AccountNames = { "items": (AccountName)[]; "next": string | null; };

export type AccountResource = { "id": string; "name": string; "kind": "corporate" | "branch" | "user"; "parent": string | null; "timezone": string | null; "enabled": boolean; "role": "admin" | "manager" | "rep" | null; "email": string | null; "notify": Notify; "version": number; };

export type AnyBody = { "any": (CriterionBody)[]; };

export type Appointment = { "id": string; "lead_id": string; "user": string; "starts_at": string; "notes": string | null; };

export type AppointmentBody = { "starts_at": string; "notes"?: string | null; };

export type Appointments = { "items": (Appointment)[]; "next": string | null; "searched"?: number; };

export type Attribution = { "utm_source": string | null; "utm_medium": string | null; "utm_campaign": string | null; "utm_term": string | null; "utm_content": string | null; "utm_id": string | null; "gclid": string | null; "gbraid": string | null; "wbraid": string | null; "dclid": string | null; "fbclid": string | null; "fbc": string | null; "fbp": string | null; "msclkid": string | null; "ttclid": string | null; "twclid": string | null; "li_fat_id": string | null; "landing_page": string | null; "referrer": string | null; "first_utm_source": string | null; "first_utm_medium": string | null; "first_utm_campaign": string | null; "first_utm_term": string | null; "first_utm_content": string | null; "first_utm_id": string | null; "first_gclid": string | null; "first_gbraid": string | null; "first_wbraid": string | null; "first_dclid": string | null; "first_fbclid": string | null; "first_msclkid": string | null; "first_ttclid": string | null; "first_twclid": string | null; "first_li_fat_id": string | null; "first_landing_page": string | null; "first_referrer": string | null; };

export type Branch = { "id": string; "name": string; };

export type Call = { "call_id": string; "phone": string; "at": string; "recorded_at"?: string; };

export type CallRequest = { "phone"?: string | null; "recorded_at"?: string | null; };

export type CallingHours = { "calling_class"?: string; "at"?: string; "open"?: boolean; "reason"?: string; "source"?: string; "changes_at"?: string | null; "calls_per_24h"?: number | null; "windows"?: (Window)[]; };

export type CallingRuleBody = { "id": string; "name"?: string; "country"?: string; "state"?: string | null; "windows": Record<string, (string)[] | null>; "closed_on"?: (string)[]; "also_holidays"?: (string)[]; "calls_per_24h"?: number | null; "effective_from"?: string | null; "source"?: string; "confidence"?: "H" | "M" | "L"; "exempt_with_consent"?: boolean; "exempt_with_relationship"?: boolean; "ambiguous"?: "strictest" | "company"; };

export type CallingRuleResource = { "id": string; "name": string; "country": string; "state": string | null; "windows": Record<string, (string)[] | null>; "closed_on": (string)[]; "also_holidays": (string)[]; "calls_per_24h": number | null; "effective_from": string | null; "source": string; "confidence": "H" | "M" | "L"; "exempt_with_consent": boolean; "exempt_with_relationship": boolean; "ambiguous": "strictest" | "company"; "version": number; "scheduled"?: (Record<string, unknown>)[]; };

export type CapBody = { "per": "day" | "month"; "leads"?: number | null; "cost"?: number | null; };

export type ClosedInterval = { "interval": string; "version": number; "counts": Record<string, number>; };

export type Column = { "heading": string; "suggested": string | null; "examples": (string)[]; };

export type Consent = { "text": string | null; "at": string | null; "ip": string | null; "page": string | null; "certificate": string | null; };

export type CountedLeads = { "account": string; "name": string; "counts": Record<string, number>; "more"?: ("new" | "held" | "assigned" | "ready" | "leased" | "cooling" | "callback" | "unmatched" | "spent" | "closed")[]; };

export type Counts = { "items": (CountedLeads)[]; "as_of": string; "more"?: boolean; };

export type CriterionBody = { "field": string; "operator": "between" | "contains" | "equals" | "greater_than" | "in" | "is_empty" | "is_not_empty" | "less_than" | "not_contains" | "not_equals" | "not_in" | "older_than" | "starts_with" | "within_last"; "value"?: unknown; };

export type DedupeBody = { "rules": ((string)[])[]; "within_hours"?: number; "on_duplicate"?: "merge" | "link"; "merge_fields"?: "fill_blank" | "overwrite"; };

export type Destination = { "outcome": "assigned" | "held" | "filed" | "unmatched" | "spent"; "account": string; "strategy": string | null; "pull": string | null; };

export type Did = { "kind": "disposition" | "call" | "note"; "disposition": string | null; "at": string; };

export type Difference = { "field": string; "before"?: unknown; "after"?: unknown; };

export type Disposed = { "id": string; "status": "new" | "held" | "assigned" | "ready" | "leased" | "cooling" | "callback" | "unmatched" | "spent" | "closed"; "owner": string; "owner_name": string | null; "holder": string | null; "holder_name": string | null; "lease_expires_at": string | null; "pull_count": number; "attempts": number; "first_call_at": string | null; "last_disposition": string | null; "available_at": string | null; "callback_at": string | null; "callback_for": string | null; "channel": string | null; "campaign": string | null; "cost": number | string | null; "first_name": string | null; "last_name": string | null; "email": string | null; "phone": string | null; "phones": (Phone)[]; "emails": (Email)[]; "consent": Consent | null; "attribution": Attribution | null; "state": string | null; "postal_code": string | null; "fields": Record<string, unknown>; "record_type": string; "source": string; "timezone": string | null; "external_id": unknown; "created_at": string; "erased": boolean; "calling_class": string | null; "linked_to"?: (string)[]; "held"?: Held; "next"?: Lent | Nothing; };

export type DisposedAway = { "id": string; "status": "new" | "held" | "assigned" | "ready" | "leased" | "cooling" | "callback" | "unmatched" | "spent" | "closed"; "owner": string; "owner_name": string | null; "holder": string | null; "holder_name": string | null; "lease_expires_at": string | null; "pull_count": number; "attempts": number; "first_call_at": string | null; "last_disposition": string | null; "available_at": string | null; "callback_at": string | null; "callback_for": string | null; "next"?: Lent | Nothing; };

export type DispositionBody = { "id": string; "name": string; "label"?: string; "order"?: number; "shown"?: boolean; "outcome": "recycle" | "keep" | "callback" | "close" | "do_not_call"; "cool_down_minutes"?: number | null; "cool_down_in"?: "minutes" | "open_minutes"; "counts_as_attempt"?: boolean; "contact_made"?: boolean; "release"?: boolean; "grace_minutes"?: number; "give_back_pull"?: boolean; "sale"?: boolean | null; };

export type DispositionRequest = { "disposition": string; "note"?: string | null; "lease_token"?: string | null; "call_id"?: string | null; "recorded_at"?: string | null; "callback_at"?: string | null; "appointment"?: AppointmentBody | null; "pull_next"?: boolean; };

export type DispositionResource = { "id": string; "name": string; "label": string; "order": number; "shown": boolean; "outcome": "recycle" | "keep" | "callback" | "close" | "do_not_call"; "cool_down_minutes": number | null; "cool_down_in": "minutes" | "open_minutes"; "counts_as_attempt": boolean; "contact_made": boolean; "release": boolean; "grace_minutes": number; "give_back_pull": boolean; "sale": boolean | null; "version": number; };

export type DoNotCall = { "items": (Listed)[]; "next": string | null; "searched"?: number; };

export type DoNotCallBody = { "reason"?: string | null; "expires_at"?: string | null; };

export type DoNotCallImport = { "reason"?: string | null; "expires_at"?: string | null; "phones": (string)[]; };

export type DraftBody = { "push_strategies"?: (Record<string, unknown>)[]; "pull_strategies"?: (Record<string, unknown>)[]; };

export type DraftProblem = { "kind": string; "id": string; "status": number; "code": string; "detail": string; "errors": (Warned)[]; };

export type Edited = { "id": string; "status": "new" | "held" | "assigned" | "ready" | "leased" | "cooling" | "callback" | "unmatched" | "spent" | "closed"; "owner": string; "owner_name": string | null; "holder": string | null; "holder_name": string | null; "lease_expires_at": string | null; "pull_count": number; "attempts": number; "first_call_at": string | null; "last_disposition": string | null; "available_at": string | null; "callback_at": string | null; "callback_for": string | null; "channel": string | null; "campaign": string | null; "cost": number | string | null; "first_name": string | null; "last_name": string | null; "email": string | null; "phone": string | null; "phones": (Phone)[]; "emails": (Email)[]; "consent": Consent | null; "attribution": Attribution | null; "state": string | null; "postal_code": string | null; "fields": Record<string, unknown>; "record_type": string; "source": string; "timezone": string | null; "external_id": unknown; "created_at": string; "erased": boolean; "calling_class": string | null; "linked_to"?: (string)[]; "held"?: Held; "warnings"?: (Warned)[]; };

export type Effective = { "events": Record<string, Told>; "quiet_hours": Record<string, string> | null; };

export type Email = { "value": string; "kind": "personal" | "work" | "other" | null; "unverified"?: boolean; };

export type Event = { "event": string; "at": string; "by": string | null; };

export type EventChoice = { "in_app"?: boolean | null; "email"?: boolean | null; "webhook"?: boolean | null; };

export type EventChoices = { "assigned"?: EventChoice | null; "callback_due"?: EventChoice | null; "held_too_long"?: EventChoice | null; "limit_reached"?: EventChoice | null; "import_done"?: EventChoice | null; "closed_by_other"?: EventChoice | null; "asked_again"?: EventChoice | null; };

export type ExplainRequest = { "lead"?: Record<string, unknown> | null; "lead_id"?: string | null; "at"?: string | null; "as_user"?: string | null; "draft"?: DraftBody | null; };

export type Explanation = { "push": Record<string, unknown>; "pull": Record<string, unknown>; "criteria"?: (Record<string, unknown>)[]; };

export type Exported = { "person": string; "do_not_call": OnTheList | null; "called_at": (string)[]; "items": (Kept)[]; "next": string | null; };

export type Extended = { "lease": Lease; };

export type FieldBody = { "name": string; "label"?: string; "type": "string" | "number" | "boolean" | "date" | "datetime" | "choice"; "format"?: "money" | "percent" | "plain" | "multiline" | "link" | null; "unit"?: string | null; "order"?: number; "required"?: boolean; "choices"?: (string)[] | null; };

export type Floor = { "items": (OnTheFloor)[]; "as_of": string; "more"?: boolean; };

export type GatewayMessage = { "message": string | null; };

export type Guide = { "source": Record<string, string>; "address": string; "method": "POST"; "key": Record<string, string>; "content_types": (string)[]; "fields": (GuideField)[]; "one_of": (string)[]; "consent": (string)[]; "attribution": (string)[]; "form": string | null; "curl": string; "answers": (GuideAnswer)[]; "test_codes": (TestCode)[]; };

export type GuideAnswer = { "when": string; "status": number; "content_type": string; "body": string; "do": string; };

export type GuideField = { "name": string; "of": string; "type": string; "required": boolean; "choices": (string)[]; "example": unknown; "about": string; };

export type Health = { "status": "ok"; };

export type Held = { "since": string; "reasons": (HeldReason)[]; "more"?: number; };

export type HeldByUser = { "lead_id": string | null; "since": string | null; "until": string; };

export type HeldFor = { "strategy": string | null; "reason": "eligible" | "unknown" | "not_below" | "disabled" | "unavailable" | "inactive" | "zero_weight" | "hourly_limit" | "daily_limit" | "nobody_in_branch" | "had_it_last" | "internal" | "too_many_hops"; "accounts": (string)[]; "count": number; "oldest": string | null; };

export type HeldReason = { "strategy": string | null; "account": string | null; "reason": "eligible" | "unknown" | "not_below" | "disabled" | "unavailable" | "inactive" | "zero_weight" | "hourly_limit" | "daily_limit" | "nobody_in_branch" | "had_it_last" | "internal" | "too_many_hops"; };

export type HeldSummary = { "items": (HeldFor)[]; "held": number; "as_of": string; "searched"?: number; "more"?: boolean; };

export type Holding = { "lead_id": string; "since": string | null; "until": string; };

export type Import = { "import_id": string; "status": "running" | "done"; "by": string; "created_at": string; "finished_at": string | null; "reason": string | null; "expires_at": string | null; "phones": number; "rejected": number; "handled": number; "added": number; "extended": number; "already_listed": number; };

export type ImportBegun = { "import_id": string; "phones": number; "rejected": (RejectedLine)[]; };

export type ImportRequest = { "source"?: string; "record_type"?: string | null; "mapping"?: Record<string, string | null> | null; "created_at"?: "row" | "import"; };

export type Ingested = { "lead_id": string; "status": "new" | "closed"; "duplicate": boolean; "linked_to"?: (string)[]; "warnings": (Warned)[]; "test"?: boolean; "explanation"?: Explanation; };

export type IngestedSeveral = { "leads": (Ingested | Received | Refused | OneInvalid)[]; };

export type Kept = { "lead_id": string | null; "kind": "lead" | "event" | "appointment" | "post"; "data": Record<string, unknown>; };

export type Key = { "key_id": string; "api_key": string; };

export type KeyBody = { "kind"?: "secret" | "publishable"; "test"?: boolean; };

export type Lead = { "id": string; "status": "new" | "held" | "assigned" | "ready" | "leased" | "cooling" | "callback" | "unmatched" | "spent" | "closed"; "owner": string; "owner_name": string | null; "holder": string | null; "holder_name": string | null; "lease_expires_at": string | null; "pull_count": number; "attempts": number; "first_call_at": string | null; "last_disposition": string | null; "available_at": string | null; "callback_at": string | null; "callback_for": string | null; "channel": string | null; "campaign": string | null; "cost": number | string | null; "first_name": string | null; "last_name": string | null; "email": string | null; "phone": string | null; "phones": (Phone)[]; "emails": (Email)[]; "consent": Consent | null; "attribution": Attribution | null; "state": string | null; "postal_code": string | null; "fields": Record<string, unknown>; "record_type": string; "source": string; "timezone": string | null; "external_id": unknown; "created_at": string; "erased": boolean; "calling_class": string | null; "linked_to"?: (string)[]; "held"?: Held; };

export type LeadConduitLead = { "id": string; };

export type LeadConduitOutcome = { "outcome": "success" | "failure"; "reason": string; "lead"?: LeadConduitLead; "price"?: number; };

export type LeadConduitOutcomes = { "outcome": "success" | "failure"; "reason": string; "leads": (LeadConduitOutcome)[]; };

export type LeadImport = { "import_id": string; "status": "waiting_for_file" | "ready" | "running" | "done" | "failed"; "by": string; "source": string; "record_type": string; "created_at": string; "started_at": string | null; "finished_at": string | null; "progress": number; "rows_read": number; "leads_created": number; "duplicates": number; "merged": number; "rows_rejected": number; "reason": string | null; "columns": (Column)[]; "errors": (RejectedLine)[]; "errors_url": string | null; "notes": (string)[]; "warnings": (Noticed)[]; };

export type LeadImports = { "items": (ListedImport)[]; "next": string | null; "searched"?: number; };

export type Leads = { "items": (Lead)[]; "next": string | null; "searched"?: number; };

export type Lease = { "token": string; "expires_at": string; "phone": string | null; };

export type LeaseRequest = { "lease_token": string; };

export type Lent = { "lead": Lead; "lease": Lease; "strategy": string | null; "reason": PullReason; };

export type ListChange = { "action": string; "at": string; "by": string; "reason": string | null; "expires_at": string | null; "lead_id": string | null; "import_id": string | null; };

export type Listed = { "phone": string | null; "listed": boolean; "since": string | null; "expires_at": string | null; "by": string | null; "reason": string | null; "lead_id": string | null; };

export type ListedImport = { "import_id": string; "status": "waiting_for_file" | "ready" | "running" | "done" | "failed"; "by": string; "source": string; "record_type": string; "created_at": string; "started_at": string | null; "finished_at": string | null; "progress": number; "rows_read": number; "leads_created": number; "duplicates": number; "merged": number; "rows_rejected": number; "reason": string | null; };

export type ListedWithHistory = { "phone": string | null; "listed": boolean; "since": string | null; "expires_at": string | null; "by": string | null; "reason": string | null; "lead_id": string | null; "history": (ListChange)[]; };

export type Me = { "account": Record<string, unknown>; "branch": OwnBranch; "permissions": (string)[]; "available": boolean; "last_active": string | null; "holding": OwnHolding | null; "unread": number; "callbacks_due": number; "server_time": string; "notify": Record<string, unknown>; "notify_effective": Effective; };

export type MeRequest = { "notify": Notify; };

export type Move = { "as_is": Destination; "with_draft": Destination; "leads": number; "held": number; };

export type Named = { "id": string; "name": string | null; };

export type Note = { "id": string; "lead_id": string; "note": string; "at": string; "by": string; "recorded_at"?: string; };

export type NoteRequest = { "note": string; "recorded_at"?: string | null; };

export type Nothing = { "lead": null; "why": (Why)[]; "retry_at"?: string; };

export type NoticeLead = { "id": string; "name": string | null; };

export type Noticed = { "field": string; "message": string; "times": number; "lines": (number)[]; };

export type Notification = { "id": string; "event": "assigned" | "callback_due" | "held_too_long" | "limit_reached" | "import_done" | "closed_by_other" | "asked_again"; "at": string; "text": string; "read_at": string | null; "lead": NoticeLead | null; };

export type Notifications = { "items": (Notification)[]; "next": string | null; "unread": number; };

export type Notify = { "email"?: boolean | null; "webhook"?: string | null; "events"?: EventChoices | null; "quiet_hours"?: QuietHours | null; "held_minutes"?: number | null; };

export type OnTheFloor = { "account": string; "name": string; "branch": Branch; "available": boolean; "last_active_at": string | null; "holding": HeldByUser | null; "why_not": "eligible" | "unknown" | "not_below" | "disabled" | "unavailable" | "inactive" | "zero_weight" | "hourly_limit" | "daily_limit" | "nobody_in_branch" | "had_it_last" | null; "counts": Record<string, number>; "more"?: ("new" | "held" | "assigned" | "ready" | "leased" | "cooling" | "callback" | "unmatched" | "spent" | "closed")[]; "today": Today; };

export type OnTheList = { "since": string; "by": string; "reason": string | null; "expires_at": string | null; };

export type OneInvalid = { "status": "invalid"; "code": string; "detail": string; "errors": (Warned)[]; };

export type OrderByBody = { "field": string; "direction"?: "asc" | "desc"; };

export type OtherResource = { "kind": string; "id": string; "name": string; "built_in": boolean; };

export type OwnBranch = { "id": string; "name": string; "timezone": string; };

export type OwnHolding = { "lead_id": string; "since": string | null; "until": string; "lease": OwnLease; };

export type OwnLease = { "token": string; "expires_at": string; };

export type OwnStatus = { "available": boolean; "unread": number; "callbacks_due": number; "holding": Holding | null; "held": number | null; "set_up_version": number; };

export type Phone = { "value": string; "kind": "mobile" | "home" | "work" | "other" | null; "unverified"?: boolean; };

export type Plan = { "changes": (PlanStep)[]; "order": (number)[]; "problems": (PlannedProblem)[]; "others": (OtherResource)[]; };

export type PlanRequest = { "changes": (PlannedChange)[]; };

export type PlanStep = { "action": "create" | "change" | "delete" | "none" | "refused"; "version": number | null; "differences": (Difference)[]; };

export type PlannedChange = { "kind": "accounts" | "record-types" | "sources" | "dispositions" | "push-strategies" | "pull-strategies" | "calling-rules"; "id": string; "body"?: Record<string, unknown> | null; };

export type PlannedProblem = { "change": number; "status": number; "code": string; "detail": string; "errors": (Warned)[]; };

export type Post = { "id": string; "at": string; "outcome": "lead" | "duplicate" | "refused" | "quarantined" | "invalid"; "reason": string | null; "lead_id": string | null; "warnings": (Warned)[]; "as_received": Record<string, unknown> | null; };

export type Posts = { "items": (Post)[]; "next": string | null; };

export type Presence = { "available": boolean; "last_active": string | null; };

export type PresenceRequest = { "available": boolean; };

export type Preview = { "as_of": string; "problems": (DraftProblem)[]; "summary": PreviewSummary; "differences": (Move)[]; "leads": (Previewed)[]; "held": (Previewed)[]; };

export type PreviewRequest = { "draft": DraftBody; "last"?: number; };

export type PreviewSummary = { "leads": number; "leads_that_differ": number; "held": number; "held_that_differ": number; "not_decided": number; "accounts_left_out": number; };

export type Previewed = { "lead": Named; "created_at": string; "went": Destination | null; "as_is": Destination; "with_draft": Destination; "differs": boolean; };

export type Problem = { "type": string; "title": string; "status": number; "detail": string; "code": string; "errors"?: ({ "field": string; "code": string; "message": string; })[]; };

export type PullReason = { "strategy": string | null; "priority"?: number | null; "why": "callback" | "most_important" | "already_held"; "matched": (string)[]; };

export type PullStrategyBody = { "id": string; "name": string; "record_type": string; "enabled"?: boolean; "distributed_from": string; "priority"?: number; "criteria"?: (CriterionBody | AnyBody)[]; "order_by"?: (OrderByBody)[]; "recipients": (string)[]; "lease_minutes"?: number; "max_lease_lengths"?: number; "cool_down_minutes"?: number; "max_attempts"?: number; "max_wait"?: string | null; "calling_hours"?: boolean; "hourly_limit"?: number | null; "daily_limit"?: number | null; };

export type PullStrategyResource = { "id": string; "name": string; "record_type": string; "enabled": boolean; "distributed_from": string; "priority": number; "criteria": (CriterionBody | AnyBody)[]; "order_by": (OrderByBody)[]; "recipients": (string)[]; "lease_minutes": number; "max_lease_lengths": number; "cool_down_minutes": number; "max_attempts": number; "max_wait": string | null; "calling_hours": boolean; "hourly_limit": number | null; "daily_limit": number | null; "version": number; };

export type PushStrategyBody = { "id": string; "name": string; "record_type": string; "enabled"?: boolean; "distributed_from": string; "order"?: number; "active_within_minutes"?: number | null; "method": "round_robin" | "weighted"; "reset_interval"?: "daily" | "last_7_days" | "never"; "starts_on"?: string | null; "catch_up"?: "paced" | "at_once" | "never" | null; "when_nobody"?: WhenNobody | null; "take_back_after_minutes"?: number | null; "criteria"?: (CriterionBody | AnyBody)[]; "recipients": (RecipientBody)[]; };

export type PushStrategyResource = { "id": string; "name": string; "record_type": string; "enabled": boolean; "distributed_from": string; "order": number; "active_within_minutes": number | null; "method": "round_robin" | "weighted"; "reset_interval": "daily" | "last_7_days" | "never"; "starts_on": string | null; "catch_up": "paced" | "at_once" | "never" | null; "when_nobody": WhenNobody | null; "take_back_after_minutes": number | null; "criteria": (CriterionBody | AnyBody)[]; "recipients": (RecipientBody)[]; "version": number; };

export type QuietHours = { "start": string; "end": string; };

export type ReadRequest = { "up_to": string; };

export type ReadUpTo = { "read": number; "more": boolean; };

export type ReassignRequest = { "to"?: string | null; "distribute"?: boolean; };

export type Reassigned = { "account": string; "leads": number; };

export type Received = { "status": "received"; "warnings": (Warned)[]; };

export type RecentLead = { "id": string; "name": string | null; "may_read": boolean; "note_until": string | null; "did": (Did)[]; };

export type RecentLeads = { "items": (RecentLead)[]; };

export type RecipientBody = { "account": string; "weight"?: number | null; "hourly_limit"?: number | null; "daily_limit"?: number | null; "hold_at_branch"?: boolean; };

export type RecordTypeBody = { "id": string; "name": string; "fields"?: (FieldBody)[]; "dedupe"?: DedupeBody | null; "retention_days"?: number | null; };

export type RecordTypeResource = { "id": string; "name": string; "fields": (FieldBody)[]; "dedupe": DedupeBody | null; "retention_days": number | null; "version": number; };

export type Refused = { "status": "refused"; "reason": "duplicate" | "outside_criteria" | "over_cap" | "over_budget" | "out_of_hours" | "no_consent" | "do_not_call"; "test"?: boolean; "explanation"?: Record<string, unknown>; };

export type RejectedLine = { "line": number; "reason": string; };

export type Reset = { "strategy": string; "reset_at": string; };

export type Said = { "channel": string | null; "campaign": string | null; "cost": number | string | null; "first_name": string | null; "last_name": string | null; "email": string | null; "phone": string | null; "phones": (Phone)[]; "emails": (Email)[]; "consent": Consent | null; "attribution": Attribution | null; "state": string | null; "postal_code": string | null; "fields": Record<string, unknown>; };

export type SignIn = { "account": string; "done": boolean; "result": "invited" | "invited_again" | "enabled" | "there" | "disabled" | "reset" | "none" | "nothing"; "detail": string; };

export type SourceBody = { "id": string; "name": string; "owner"?: string; "record_type"?: string; "enabled"?: boolean; "allowed_origins"?: (string)[]; "rate_limit_per_minute"?: number | null; "honeypot"?: string | null; "on_duplicate"?: "merge" | "link" | null; "format"?: "auto" | "json" | "form" | "adf" | "google_ads" | "webhook"; "mapping"?: Record<string, string | null>; "defaults"?: Record<string, string | number | boolean>; "response_format"?: "native" | "leadconduit" | "boberdoo"; "acceptance"?: AcceptanceBody | null; "cost"?: number | null; "trust_posted_cost"?: boolean; };

export type SourceKey = { "key_id": string; "kind": "secret" | "publishable"; "test": boolean; "created_at": string; "last_used_on": string | null; };

export type SourceKeys = { "items": (SourceKey)[]; "next": string | null; };

export type SourceResource = { "id": string; "name": string; "owner": string; "record_type": string; "enabled": boolean; "allowed_origins": (string)[]; "rate_limit_per_minute": number | null; "honeypot": string | null; "on_duplicate": "merge" | "link" | null; "format": "auto" | "json" | "form" | "adf" | "google_ads" | "webhook"; "mapping": Record<string, string | null>; "defaults": Record<string, string | number | boolean>; "response_format": "native" | "leadconduit" | "boberdoo"; "acceptance": AcceptanceBody | null; "cost": number | null; "trust_posted_cost": boolean; "version": number; };

export type StartRequest = { "mapping"?: Record<string, string | null> | null; };

export type State = { "strategy": string; "version": number; "method": "round_robin" | "weighted"; "warnings": (string)[]; "closed": (ClosedInterval)[]; "cursor": string | null; "reset_interval": string; "interval": string; "hour": string; "day": string; "recipients": (StateRecipient)[]; };

export type StateRecipient = { "account": string; "weight": number | null; "share": number | null; "hour": number; "day": number; "interval": number; "owed": number; "hourly_limit": number | null; "daily_limit": number | null; "eligible": boolean; "reason": string; };

export type TestCode = { "postal_code": string; "answer": string; };

export type Timeline = { "items": (Event)[]; "next": string | null; };

export type ToGoogle = Record<string, unknown>;

export type Today = { "received": number; "pulled": number; "worked": number; };

export type Told = { "in_app": boolean; "email": boolean; "webhook": boolean; };

export type Transfer = { "lead_id": string; "moved": boolean; "owner": string | null; "status": "new" | "held" | "assigned" | "ready" | "leased" | "cooling" | "callback" | "unmatched" | "spent" | "closed" | null; "problem": WhyNot | null; };

export type TransferRequest = { "to": string; "distribute"?: boolean; "override"?: string | null; };

export type Transfers = { "items": (Transfer)[]; "moved": number; "not_moved": number; };

export type TransfersRequest = { "leads": (string)[]; "to": string; "distribute"?: boolean; };

export type Tried = { "import_id": string; "rows": (TriedRow)[]; "notes": (string)[]; };

export type TriedRow = { "line": number; "outcome": "taken" | "here_already" | "left_out"; "reason": string | null; "lead": Said | null; "created_at": string | null; "warnings": (Warned)[]; };

export type UploadBegun = { "import_id": string; "upload_url": string; };

export type Version = { "id": string; "version": number; "deleted": boolean; "changed_at": string | null; "changed_by": string | null; };

export type Warned = { "field": string; "code": string; "message": string; };

export type WebhookKey = { "algorithm": string; "key": string; };

export type WhenNobody = { "pull_after_minutes": number; };

export type Why = { "reason": string; "count": number; "until"?: string; "more"?: boolean; };

export type WhyNot = { "status": number; "code": string; "detail": string; };

export type Window = { "country": string; "state": string | null; "timezone": string; "local_time": string; "window": (string)[] | null; "reason": string; "holiday": string | null; "rule": string; "source": string; "confidence": string; "exempt_with_consent": boolean; "exempt_with_relationship": boolean; };

export interface Operations {
  "GET /v1/accounts": { query: "limit" | "cursor"; body: undefined; answer: { "items": (AccountResource)[]; "next": string | null; } | AccountNames };
  "GET /v1/accounts/{id}": { query: never; body: undefined; answer: AccountResource };
  "PUT /v1/accounts/{id}": { query: never; body: AccountBody; answer: AccountResource };
  "DELETE /v1/accounts/{id}": { query: never; body: undefined; answer: undefined };
  "POST /v1/accounts/{id}/disable-sign-in": { query: never; body: undefined; answer: SignIn };
  "POST /v1/accounts/{id}/invite": { query: never; body: undefined; answer: SignIn };
  "PUT /v1/accounts/{id}/presence": { query: never; body: PresenceRequest; answer: Presence };
  "POST /v1/accounts/{id}/reassign": { query: never; body: ReassignRequest; answer: Reassigned };
  "POST /v1/accounts/{id}/reset-sign-in": { query: never; body: undefined; answer: SignIn };
  "GET /v1/accounts/{id}/versions": { query: "limit" | "cursor"; body: undefined; answer: { "items": (Version)[]; "next": string | null; } };
  "GET /v1/appointments": { query: "from" | "to" | "user" | "limit" | "cursor"; body: undefined; answer: Appointments };
  "GET /v1/calling-hours": { query: "lead" | "state" | "postal_code" | "phone" | "at"; body: undefined; answer: CallingHours };
  "GET /v1/calling-rules": { query: "limit" | "cursor"; body: undefined; answer: { "items": (CallingRuleResource)[]; "next": string | null; } };
  "GET /v1/calling-rules/{id}": { query: never; body: undefined; answer: CallingRuleResource };
  "PUT /v1/calling-rules/{id}": { query: never; body: CallingRuleBody; answer: CallingRuleResource };
  "DELETE /v1/calling-rules/{id}": { query: "effective_from"; body: undefined; answer: undefined };
  "GET /v1/calling-rules/{id}/versions": { query: "limit" | "cursor"; body: undefined; answer: { "items": (Version)[]; "next": string | null; } };
  "GET /v1/counts": { query: "below"; body: undefined; answer: Counts };
  "GET /v1/dispositions": { query: "limit" | "cursor"; body: undefined; answer: { "items": (DispositionResource)[]; "next": string | null; } };
  "GET /v1/dispositions/{id}": { query: never; body: undefined; answer: DispositionResource };
  "PUT /v1/dispositions/{id}": { query: never; body: DispositionBody; answer: DispositionResource };
  "DELETE /v1/dispositions/{id}": { query: never; body: undefined; answer: undefined };
  "GET /v1/dispositions/{id}/versions": { query: "limit" | "cursor"; body: undefined; answer: { "items": (Version)[]; "next": string | null; } };
  "GET /v1/do-not-call": { query: "limit" | "cursor"; body: undefined; answer: DoNotCall };
  "POST /v1/do-not-call/imports": { query: never; body: DoNotCallImport; answer: ImportBegun };
  "GET /v1/do-not-call/imports/{id}": { query: never; body: undefined; answer: Import };
  "GET /v1/do-not-call/{phone}": { query: never; body: undefined; answer: ListedWithHistory };
  "PUT /v1/do-not-call/{phone}": { query: never; body: DoNotCallBody; answer: Listed };
  "DELETE /v1/do-not-call/{phone}": { query: "reason"; body: undefined; answer: undefined };
  "POST /v1/explain": { query: never; body: ExplainRequest; answer: Explanation };
  "GET /v1/floor": { query: "below"; body: undefined; answer: Floor };
  "GET /v1/health": { query: never; body: undefined; answer: Health };
  "GET /v1/held/summary": { query: "below"; body: undefined; answer: HeldSummary };
  "GET /v1/imports": { query: "limit" | "cursor"; body: undefined; answer: LeadImports };
  "POST /v1/imports": { query: never; body: ImportRequest; answer: UploadBegun };
  "GET /v1/imports/{id}": { query: never; body: undefined; answer: LeadImport };
  "POST /v1/imports/{id}/start": { query: never; body: StartRequest; answer: LeadImport };
  "POST /v1/imports/{id}/try": { query: never; body: StartRequest; answer: Tried };
  "POST /v1/intake/{source}": { query: "api_key"; body: { "record_type"?: string; "source"?: string; "owner"?: string; "external_id"?: string; "channel"?: string; "campaign"?: string; "first_name"?: string; "last_name"?: string; "email"?: string; "phone"?: string; "state"?: string; "postal_code"?: string; "phones"?: (string | { "value"?: string; "kind"?: string | null; })[]; "emails"?: (string | { "value"?: string; "kind"?: string | null; })[]; "consent"?: { "text"?: string; "at"?: string; "ip"?: string; "page"?: string; "certificate"?: string; }; "attribution"?: { "utm_source"?: string; "utm_medium"?: string; "utm_campaign"?: string; "utm_term"?: string; "utm_content"?: string; "utm_id"?: string; "gclid"?: string; "gbraid"?: string; "wbraid"?: string; "dclid"?: string; "fbclid"?: string; "msclkid"?: string; "ttclid"?: string; "twclid"?: string; "li_fat_id"?: string; "fbc"?: string; "fbp"?: string; "landing_page"?: string; "referrer"?: string; "first_utm_source"?: string; "first_utm_medium"?: string; "first_utm_campaign"?: string; "first_utm_term"?: string; "first_utm_content"?: string; "first_utm_id"?: string; "first_gclid"?: string; "first_gbraid"?: string; "first_wbraid"?: string; "first_dclid"?: string; "first_fbclid"?: string; "first_msclkid"?: string; "first_ttclid"?: string; "first_twclid"?: string; "first_li_fat_id"?: string; "first_landing_page"?: string; "first_referrer"?: string; }; "cost"?: number | string; "pull_delay_minutes"?: number; "fields"?: Record<string, unknown>; } | ({ "record_type"?: string; "source"?: string; "owner"?: string; "external_id"?: string; "channel"?: string; "campaign"?: string; "first_name"?: string; "last_name"?: string; "email"?: string; "phone"?: string; "state"?: string; "postal_code"?: string; "phones"?: (string | { "value"?: string; "kind"?: string | null; })[]; "emails"?: (string | { "value"?: string; "kind"?: string | null; })[]; "consent"?: { "text"?: string; "at"?: string; "ip"?: string; "page"?: string; "certificate"?: string; }; "attribution"?: { "utm_source"?: string; "utm_medium"?: string; "utm_campaign"?: string; "utm_term"?: string; "utm_content"?: string; "utm_id"?: string; "gclid"?: string; "gbraid"?: string; "wbraid"?: string; "dclid"?: string; "fbclid"?: string; "msclkid"?: string; "ttclid"?: string; "twclid"?: string; "li_fat_id"?: string; "fbc"?: string; "fbp"?: string; "landing_page"?: string; "referrer"?: string; "first_utm_source"?: string; "first_utm_medium"?: string; "first_utm_campaign"?: string; "first_utm_term"?: string; "first_utm_content"?: string; "first_utm_id"?: string; "first_gclid"?: string; "first_gbraid"?: string; "first_wbraid"?: string; "first_dclid"?: string; "first_fbclid"?: string; "first_msclkid"?: string; "first_ttclid"?: string; "first_twclid"?: string; "first_li_fat_id"?: string; "first_landing_page"?: string; "first_referrer"?: string; }; "cost"?: number | string; "pull_delay_minutes"?: number; "fields"?: Record<string, unknown>; })[]; answer: Ingested | Received | Refused | IngestedSeveral | LeadConduitOutcome | LeadConduitOutcomes | ToGoogle };
  "GET /v1/lead-form.js": { query: never; body: undefined; answer: undefined };
  "GET /v1/leads": { query: "name" | "phone" | "email" | "status" | "owner" | "below" | "source" | "campaign" | "last_disposition" | "created_from" | "created_to" | "mine" | "limit" | "cursor"; body: undefined; answer: Leads };
  "POST /v1/leads": { query: never; body: { "record_type"?: string; "source"?: string; "owner"?: string; "external_id"?: string; "channel"?: string; "campaign"?: string; "first_name"?: string; "last_name"?: string; "email"?: string; "phone"?: string; "state"?: string; "postal_code"?: string; "phones"?: (string | { "value"?: string; "kind"?: string | null; })[]; "emails"?: (string | { "value"?: string; "kind"?: string | null; })[]; "consent"?: { "text"?: string; "at"?: string; "ip"?: string; "page"?: string; "certificate"?: string; }; "attribution"?: { "utm_source"?: string; "utm_medium"?: string; "utm_campaign"?: string; "utm_term"?: string; "utm_content"?: string; "utm_id"?: string; "gclid"?: string; "gbraid"?: string; "wbraid"?: string; "dclid"?: string; "fbclid"?: string; "msclkid"?: string; "ttclid"?: string; "twclid"?: string; "li_fat_id"?: string; "fbc"?: string; "fbp"?: string; "landing_page"?: string; "referrer"?: string; "first_utm_source"?: string; "first_utm_medium"?: string; "first_utm_campaign"?: string; "first_utm_term"?: string; "first_utm_content"?: string; "first_utm_id"?: string; "first_gclid"?: string; "first_gbraid"?: string; "first_wbraid"?: string; "first_dclid"?: string; "first_fbclid"?: string; "first_msclkid"?: string; "first_ttclid"?: string; "first_twclid"?: string; "first_li_fat_id"?: string; "first_landing_page"?: string; "first_referrer"?: string; }; "cost"?: number | string; "pull_delay_minutes"?: number; "fields"?: Record<string, unknown>; }; answer: Ingested };
  "GET /v1/leads/{id}": { query: never; body: undefined; answer: Lead };
  "PATCH /v1/leads/{id}": { query: never; body: { "record_type"?: string; "source"?: string; "owner"?: string; "external_id"?: string; "channel"?: string; "campaign"?: string; "first_name"?: string; "last_name"?: string; "email"?: string; "phone"?: string; "state"?: string; "postal_code"?: string; "phones"?: (string | { "value"?: string; "kind"?: string | null; })[]; "emails"?: (string | { "value"?: string; "kind"?: string | null; })[]; "consent"?: { "text"?: string; "at"?: string; "ip"?: string; "page"?: string; "certificate"?: string; }; "attribution"?: { "utm_source"?: string; "utm_medium"?: string; "utm_campaign"?: string; "utm_term"?: string; "utm_content"?: string; "utm_id"?: string; "gclid"?: string; "gbraid"?: string; "wbraid"?: string; "dclid"?: string; "fbclid"?: string; "msclkid"?: string; "ttclid"?: string; "twclid"?: string; "li_fat_id"?: string; "fbc"?: string; "fbp"?: string; "landing_page"?: string; "referrer"?: string; "first_utm_source"?: string; "first_utm_medium"?: string; "first_utm_campaign"?: string; "first_utm_term"?: string; "first_utm_content"?: string; "first_utm_id"?: string; "first_gclid"?: string; "first_gbraid"?: string; "first_wbraid"?: string; "first_dclid"?: string; "first_fbclid"?: string; "first_msclkid"?: string; "first_ttclid"?: string; "first_twclid"?: string; "first_li_fat_id"?: string; "first_landing_page"?: string; "first_referrer"?: string; }; "cost"?: number | string; "pull_delay_minutes"?: number; "fields"?: Record<string, unknown>; }; answer: Edited };
  "POST /v1/leads/{id}/appointments": { query: never; body: AppointmentBody; answer: Appointment };
  "DELETE /v1/leads/{id}/appointments/{appointment}": { query: never; body: undefined; answer: undefined };
  "POST /v1/leads/{id}/calls": { query: never; body: CallRequest; answer: Call };
  "POST /v1/leads/{id}/dispositions": { query: never; body: DispositionRequest; answer: Disposed | DisposedAway };
  "POST /v1/leads/{id}/erase": { query: never; body: undefined; answer: Lead };
  "POST /v1/leads/{id}/lease": { query: never; body: LeaseRequest; answer: Extended };
  "POST /v1/leads/{id}/notes": { query: never; body: NoteRequest; answer: Note };
  "POST /v1/leads/{id}/receipts/{receipt}/release": { query: never; body: undefined; answer: Ingested };
  "GET /v1/leads/{id}/timeline": { query: "limit" | "cursor"; body: undefined; answer: Timeline };
  "POST /v1/leads/{id}/transfer": { query: never; body: TransferRequest; answer: Lead };
  "GET /v1/me": { query: never; body: undefined; answer: Me };
  "PATCH /v1/me": { query: never; body: MeRequest; answer: Me };
  "GET /v1/me/recent-leads": { query: never; body: undefined; answer: RecentLeads };
  "GET /v1/me/status": { query: never; body: undefined; answer: OwnStatus };
  "GET /v1/notifications": { query: "limit" | "cursor"; body: undefined; answer: Notifications };
  "POST /v1/notifications/read": { query: never; body: ReadRequest; answer: ReadUpTo };
  "POST /v1/notifications/{id}/read": { query: never; body: undefined; answer: Notification };
  "GET /v1/openapi.json": { query: never; body: undefined; answer: Record<string, unknown> };
  "GET /v1/people/{person}/export": { query: "limit" | "cursor"; body: undefined; answer: Exported };
  "PUT /v1/presence": { query: never; body: PresenceRequest; answer: Presence };
  "POST /v1/preview": { query: never; body: PreviewRequest; answer: Preview };
  "POST /v1/pull": { query: never; body: { "record_type"?: string; }; answer: Lent | Nothing };
  "GET /v1/pull-strategies": { query: "limit" | "cursor"; body: undefined; answer: { "items": (PullStrategyResource)[]; "next": string | null; } };
  "GET /v1/pull-strategies/{id}": { query: never; body: undefined; answer: PullStrategyResource };
  "PUT /v1/pull-strategies/{id}": { query: never; body: PullStrategyBody; answer: PullStrategyResource };
  "DELETE /v1/pull-strategies/{id}": { query: never; body: undefined; answer: undefined };
  "GET /v1/pull-strategies/{id}/versions": { query: "limit" | "cursor"; body: undefined; answer: { "items": (Version)[]; "next": string | null; } };
  "GET /v1/push-strategies": { query: "limit" | "cursor"; body: undefined; answer: { "items": (PushStrategyResource)[]; "next": string | null; } };
  "GET /v1/push-strategies/{id}": { query: never; body: undefined; answer: PushStrategyResource };
  "PUT /v1/push-strategies/{id}": { query: never; body: PushStrategyBody; answer: PushStrategyResource };
  "DELETE /v1/push-strategies/{id}": { query: never; body: undefined; answer: undefined };
  "POST /v1/push-strategies/{id}/reset": { query: never; body: undefined; answer: Reset };
  "GET /v1/push-strategies/{id}/state": { query: never; body: undefined; answer: State };
  "GET /v1/push-strategies/{id}/versions": { query: "limit" | "cursor"; body: undefined; answer: { "items": (Version)[]; "next": string | null; } };
  "GET /v1/record-types": { query: "limit" | "cursor"; body: undefined; answer: { "items": (RecordTypeResource)[]; "next": string | null; } };
  "GET /v1/record-types/{id}": { query: never; body: undefined; answer: RecordTypeResource };
  "PUT /v1/record-types/{id}": { query: never; body: RecordTypeBody; answer: RecordTypeResource };
  "DELETE /v1/record-types/{id}": { query: never; body: undefined; answer: undefined };
  "GET /v1/record-types/{id}/versions": { query: "limit" | "cursor"; body: undefined; answer: { "items": (Version)[]; "next": string | null; } };
  "POST /v1/set-up/plan": { query: never; body: PlanRequest; answer: Plan };
  "GET /v1/sources": { query: "limit" | "cursor"; body: undefined; answer: { "items": (SourceResource)[]; "next": string | null; } };
  "GET /v1/sources/{id}": { query: never; body: undefined; answer: SourceResource };
  "PUT /v1/sources/{id}": { query: never; body: SourceBody; answer: SourceResource };
  "DELETE /v1/sources/{id}": { query: never; body: undefined; answer: undefined };
  "GET /v1/sources/{id}/guide": { query: never; body: undefined; answer: Guide };
  "GET /v1/sources/{id}/keys": { query: "limit" | "cursor"; body: undefined; answer: SourceKeys };
  "POST /v1/sources/{id}/keys": { query: never; body: KeyBody; answer: Key };
  "DELETE /v1/sources/{id}/keys/{key_id}": { query: never; body: undefined; answer: undefined };
  "GET /v1/sources/{id}/posts": { query: "limit" | "cursor"; body: undefined; answer: Posts };
  "POST /v1/sources/{id}/posts/{post}/release": { query: never; body: undefined; answer: Ingested };
  "GET /v1/sources/{id}/versions": { query: "limit" | "cursor"; body: undefined; answer: { "items": (Version)[]; "next": string | null; } };
  "POST /v1/transfers": { query: never; body: TransfersRequest; answer: Transfers };
  "GET /v1/webhook-key": { query: never; body: undefined; answer: WebhookKey };
}
