/** What has not been gone through yet, by place and kind. This list only gets shorter. */
export const unchecked = [];
