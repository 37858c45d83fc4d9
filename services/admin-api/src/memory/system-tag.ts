/** Agents find a payload's entry by these tags, so only the system may set them. */
export const systemTag = /^(webhook$|webhook:|payload:|event:|delivery:)/i;
