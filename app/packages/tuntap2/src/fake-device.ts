/** An in-memory device for the tests of others; see the classes below. */
export {};
