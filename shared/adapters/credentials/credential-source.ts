/**
 * Reads the value of that name from one kind of place.
 * @returns `undefined` when there is none of that name
 * @throws {CredentialError} when there is one that cannot be used, anything else when the place did not answer
 */
export type CredentialSource = (name: string) => Promise<string | undefined>;
