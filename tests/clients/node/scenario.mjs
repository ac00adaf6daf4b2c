// A scenario: named steps, run in order against the service that the environment names. The first that fails ends it.

import { DynamicsWebApi } from "dynamics-web-api";

const { SERVICE_URL, SERVICE_TOKEN } = process.env;

export const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
export const NOBODY = "00000000-0000-0000-0000-0000000000ff";

/** A client of the service, with further settings of dynamics-web-api. */
export function connect(settings = {}) {
  return new DynamicsWebApi({ serverUrl: SERVICE_URL, onTokenRefresh: async () => SERVICE_TOKEN, ...settings });
}

/** A name that no other run has used. */
export function unique(word) {
  return `${word} ${Date.now().toString(36)}`;
}

/** What a refused request throws. */
export async function refused(request) {
  try {
    await request;
  } catch (error) {
    return error;
  }
  throw new Error("the request should have been refused");
}

export async function run(steps) {
  for (const [name, step] of Object.entries(steps)) {
    console.log(`step: ${name}`);
    try {
      await step();
    } catch (error) {
      console.error(`failed: ${name}\n${error.stack ?? ""}\n${JSON.stringify(error, null, 2)}`);
      process.exitCode = 1;
      return;
    }
  }
}
