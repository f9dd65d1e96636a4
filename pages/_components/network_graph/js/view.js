export default async (mounting) => (await openLibrary(LIBRARY).arrived)(mounting);
